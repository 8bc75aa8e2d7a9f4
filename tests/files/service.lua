-- An upload service (XEP-0363) that gives out places by the name of a file, most of which nobody should use.
local st = require "util.stanza";
local dataform = require "util.dataforms".new;
local upload = "urn:xmpp:http:upload:0";
local url = "@URL@";

module:add_feature(upload);
local limit = "@LIMIT@";
if limit ~= "" then
	module:add_extension(dataform({
		{ name = "FORM_TYPE"; type = "hidden"; value = upload };
		{ name = "max-file-size"; type = "text-single" };
	}):form({ ["max-file-size"] = limit }, "result"));
end

local function slot(stanza, put, get, headers)
	local reply = st.reply(stanza):tag("slot", { xmlns = upload });
	if put then
		reply:tag("put", { url = put ~= true and put or nil });
		for _, header in ipairs(headers or {}) do
			reply:tag("header", { name = header[1] }):text(header[2]):up();
		end
		reply:up();
	end
	if get then
		reply:tag("get", { url = get ~= true and get or nil }):up();
	end
	return reply;
end

local answers = {
	["plain-put.bin"] = function (stanza, there) return slot(stanza, (there:gsub("^https", "http")), there); end;
	["plain-get.bin"] = function (stanza, there) return slot(stanza, there, (there:gsub("^https", "http"))); end;
	["no-put.bin"] = function (stanza, there) return slot(stanza, nil, there); end;
	["no-get.bin"] = function (stanza, there) return slot(stanza, there, nil); end;
	["no-link.bin"] = function (stanza) return slot(stanza, true, true); end;
	["nothing.bin"] = function (stanza) return st.reply(stanza); end;
	["forbidden.bin"] = function (stanza) return st.error_reply(stanza, "auth", "forbidden"); end;
	["later.bin"] = function (stanza)
		return st.error_reply(stanza, "wait", "resource-constraint")
			:tag("retry", { xmlns = upload, stamp = "1999-12-31T23:59:59Z" });
	end;
	["too-large.bin"] = function (stanza)
		return st.error_reply(stanza, "modify", "not-acceptable")
			:tag("file-too-large", { xmlns = upload }):tag("max-file-size"):text("99999");
	end;
	["headers.bin"] = function (stanza, there)
		return slot(stanza, there, there, {
			{ "Authorization", "Basic Zm9v\nX-Evil: 1" };
			{ "Cookie\nX-Evil", "a=b" };
			{ "X-Other", "1" };
			{ "Host", "evil.example" };
			{ "Content-Length", "1" };
			{ "Transfer-Encoding", "chunked" };
		});
	end;
};

module:hook("iq-get/host/" .. upload .. ":request", function (event)
	local stanza = event.stanza;
	local name = stanza.tags[1].attr.filename;
	local there = url .. "/" .. name;
	local answer = answers[name];
	event.origin.send(answer and answer(stanza, there) or slot(stanza, there, there));
	return true;
end);
