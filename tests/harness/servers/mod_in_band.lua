-- No client hears that another can do these: files go another way. Who reckons the hash of what a
-- client says it can (XEP-0115) finds another, and goes by the answer.
local info = "http://jabber.org/protocol/disco#info";
local hidden = { @HIDDEN@ };

local function hide(event)
	local query = event.stanza:get_child("query", info);
	if query then
		query:maptags(function (tag)
			if tag.name == "feature" and hidden[tag.attr.var] then return nil; end
			return tag;
		end);
	end
end

module:hook("pre-iq/full", hide, 100);
