-- Whatever place a client names for bytestreams (XEP-0260) is one where nobody listens by the time the other side hears of
-- it: what a firewall does to both.
local jingle, bytestreams = "urn:xmpp:jingle:1", "urn:xmpp:jingle:transports:s5b:1";

local function mislead(event)
	local session = event.stanza:get_child("jingle", jingle);
	for content in (session and session:childtags("content") or function () end) do
		local transport = content:get_child("transport", bytestreams);
		for candidate in (transport and transport:childtags("candidate") or function () end) do
			candidate.attr.host, candidate.attr.port = "127.0.0.1", "1";
		end
	end
end

module:hook("pre-iq/full", mislead, 100);
