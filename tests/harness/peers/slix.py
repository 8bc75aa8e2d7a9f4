"""Another client, by other people (slixmpp), driven from a test.

One JSON object a line. Each command on stdin, {"id": 1, "do": "send", "with": {…}}, is answered by {"id": 1, "ok": …} or
{"id": 1, "error": …}; whatever the server sends comes as {"event": …}. The commands are the do_… methods below.
"""

import asyncio
import base64
import hashlib
import json
import sys
import time
from xml.etree import ElementTree

from slixmpp import JID, ClientXMPP
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath, StanzaPath
from slixmpp.xmlstream.matcher.base import MatcherBase

from files import Files
from stanzas import describe, error_of, name, say

JINGLE = "urn:xmpp:jingle:1"
MAM = "urn:xmpp:mam:2"
PLUGINS = [30, 45, 54, 59, 60, 84, 85, 92, 115, 153, 163, 184, 191, 198, 199, 203, 280, 297, 300, 308, 313, 333, 359, 446, 447]


class MatchOwnAnswer(MatcherBase):
    """An answer to what a test asked in its own words: its id begins with raw-."""

    def match(self, stanza):
        return name(stanza.xml) == "iq" and stanza["id"].startswith("raw-") and stanza["type"] in ("result", "error")


class Peer(Files, ClientXMPP):
    def __init__(self, args):
        jid = args["jid"] + ("/" + args["resource"] if args.get("resource") else "")
        super().__init__(jid, args["password"])
        self.args = args
        self.counting = {}
        self.ready = asyncio.get_running_loop().create_future()
        for number in PLUGINS:
            self.register_plugin(f"xep_{number:04}")
        # a test decides about requests, not the library
        self.auto_authorize = None
        self.auto_subscribe = False
        self.plugin["xep_0184"].auto_ack = args.get("receipts", True)
        if args.get("ca"):
            self.ca_certs = args["ca"]
        if args.get("direct_tls"):
            self.enable_starttls = False
        else:
            self.enable_direct_tls = False
        self.register_handler(Callback("every message", StanzaPath("message"), self.on_message))
        self.register_handler(Callback("every presence", StanzaPath("presence"), self.on_presence))
        self.register_handler(Callback("every push", StanzaPath("iq@type=set/roster"), self.on_push))
        self.register_handler(Callback("answers to own words", MatchOwnAnswer(None), self.on_answer))
        self.register_handler(Callback("calls", MatchXPath(f"{{jabber:client}}iq/{{{JINGLE}}}jingle"), self.on_jingle))
        self.listen_for_files()
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("failed_all_auth", lambda _: self.fail("the server refuses the password"))
        self.add_event_handler("connection_failed", lambda why: self.fail(f"no connection: {why}"))
        self.add_event_handler("ssl_invalid_chain", lambda why: self.fail(f"certificate: {why}"))
        self.add_event_handler("disconnected", lambda why: say({"event": "disconnected", "why": str(why)}))

    def fail(self, why):
        if not self.ready.done():
            self.ready.set_exception(RuntimeError(why))

    async def on_start(self, _):
        try:
            await self.get_roster()
            if self.args.get("carbons", True):
                try:
                    await self.plugin["xep_0280"].enable()
                except IqError:
                    pass  # this server has none
            if self.args.get("presence", True):
                self.send_presence()
                # the server has handled it once it answers what follows
                await self.plugin["xep_0199"].ping(jid=JID(self.boundjid.domain), timeout=10)
            if not self.ready.done():
                self.ready.set_result(self.boundjid.full)
        except Exception as why:
            self.fail(f"{type(why).__name__}: {why}")

    def on_message(self, stanza):
        result = stanza.xml.find(f"{{{MAM}}}result")
        if result is not None:
            collected = self.counting.get(result.get("queryid"))
            if collected is not None:
                collected.append(result)
            return
        say({"event": "message", **describe(stanza.xml)})

    def on_presence(self, stanza):
        xml = stanza.xml
        text = lambda tag: xml.findtext(f"{{jabber:client}}{tag}")  # noqa: E731
        error = xml.find("{jabber:client}error")
        say({"event": "presence", "from": xml.get("from"), "to": xml.get("to"), "type": xml.get("type", "available"),
             "show": text("show"), "status": text("status"), "priority": text("priority"),
             "error": error_of(error) if error is not None else None,
             "xml": ElementTree.tostring(xml, encoding="unicode")})

    def on_push(self, stanza):
        for item in stanza.xml.iter("{jabber:iq:roster}item"):
            say({"event": "roster", **dict(item.attrib), "groups": [group.text for group in item]})

    def on_answer(self, stanza):
        say({"event": "answer", "id": stanza["id"], "type": stanza["type"],
             "xml": ElementTree.tostring(stanza.xml, encoding="unicode")})

    def on_jingle(self, stanza):
        """Agrees to whatever is said of calls; a test decides what to say to it."""
        if stanza["type"] != "set":
            return
        stanza.reply().send()
        jingle = stanza.xml.find(f"{{{JINGLE}}}jingle")
        reason = jingle.find(f"{{{JINGLE}}}reason")
        say({"event": "jingle", "from": stanza.xml.get("from"), "action": jingle.get("action"), "sid": jingle.get("sid"),
             "reason": name(reason[0]) if reason is not None and len(reason) else None,
             "xml": ElementTree.tostring(stanza.xml, encoding="unicode")})

    # What a test can ask for.

    async def do_send(self, to, body=None, type="chat", id=None, origin_id=None, receipt=False, markable=False,
                      chat_state=None, marker=None, replaces=None, thread=None, extra=None):
        """marker: {"kind": "displayed", "id": …}; extra: XML of further children."""
        message = self.make_message(mto=JID(to), mbody=body, mtype=type)
        message["id"] = id or self.new_id()
        if thread:
            message["thread"] = thread
        if origin_id:
            message["origin_id"]["id"] = origin_id
        if receipt:
            message["request_receipt"] = True
        if markable:
            message.enable("markable")
        if chat_state:
            message["chat_state"] = chat_state
        if marker:
            message[marker["kind"]]["id"] = marker["id"]
        if replaces:
            message["replace"]["id"] = replaces
        if extra:
            for child in ElementTree.fromstring(f"<x>{extra}</x>"):
                message.xml.append(child)
        message.send()
        return message["id"]

    async def do_bulk(self, to, count, body="message {n}", type="chat"):
        """Sends `count` messages ({n} is the number, from 0) and comes back when the server has handled them."""
        start = time.monotonic()
        for n in range(count):
            text = body.replace("{n}", str(n)).replace("&", "&amp;").replace("<", "&lt;")
            self.send_raw(f'<message to="{to}" type="{type}" id="bulk-{n}"><body>{text}</body></message>')
            if n % 200 == 199:
                await self.do_ping()
        await self.do_ping()
        return {"seconds": time.monotonic() - start}

    async def do_ping(self, to=None):
        await self.plugin["xep_0199"].ping(jid=JID(to or self.boundjid.domain), timeout=60)

    async def do_presence(self, type=None, show=None, status=None, priority=None, to=None):
        self.send_presence(ptype=type, pshow=show, pstatus=status, ppriority=priority, pto=to)

    async def do_subscribe(self, to):
        self.send_presence_subscription(pto=to, ptype="subscribe")

    async def do_approve(self, to):
        self.send_presence_subscription(pto=to, ptype="subscribed")

    async def do_deny(self, to):
        self.send_presence_subscription(pto=to, ptype="unsubscribed")

    async def do_unsubscribe(self, to):
        self.send_presence_subscription(pto=to, ptype="unsubscribe")

    async def do_roster(self):
        await self.get_roster()
        items = self.client_roster
        return {jid: {"name": items[jid]["name"], "subscription": items[jid]["subscription"],
                      "groups": items[jid]["groups"], "pending": items[jid]["pending_out"]} for jid in items}

    async def do_roster_set(self, jid, name=None, groups=()):
        await self.update_roster(JID(jid), name=name, groups=list(groups))

    async def do_roster_remove(self, jid):
        await self.del_roster_item(JID(jid))

    async def do_avatar(self, data, type="image/png", width=None, height=None):
        """XEP-0084: data is base64."""
        raw = base64.b64decode(data)
        avatar = self.plugin["xep_0084"]
        await avatar.publish_avatar(raw)
        info = {"id": hashlib.sha1(raw).hexdigest(), "type": type, "bytes": len(raw), "width": width, "height": height}
        await avatar.publish_avatar_metadata([{k: v for k, v in info.items() if v is not None}])
        return info["id"]

    async def do_vcard_avatar(self, data, type="image/png"):
        """XEP-0153, the old way: in the vCard, told by presence."""
        await self.plugin["xep_0153"].set_avatar(avatar=base64.b64decode(data), mtype=type)

    async def do_vcard(self, full_name=None, nickname=None, email=None, note=None):
        """XEP-0054."""
        card = self.plugin["xep_0054"].make_vcard()
        if full_name:
            card["FN"] = full_name
        if nickname:
            card["NICKNAME"] = nickname
        if note:
            card["NOTE"] = note
        if email:
            card["EMAIL"]["USERID"] = email
        await self.plugin["xep_0054"].publish_vcard(vcard=card)

    async def do_block(self, jids):
        await self.plugin["xep_0191"].block([JID(jid) for jid in jids])

    async def do_unblock(self, jids):
        await self.plugin["xep_0191"].unblock([JID(jid) for jid in jids])

    async def do_blocked(self):
        return sorted(str(jid) for jid in await self.plugin["xep_0191"].get_blocked_jids())

    async def do_join(self, room, nick):
        await self.plugin["xep_0045"].join_muc_wait(JID(room), nick, maxhistory="0", timeout=10)

    async def do_leave(self, room, nick):
        self.plugin["xep_0045"].leave_muc(JID(room), nick)

    async def page(self, archive, max, **place):
        """One page of an archive: its <result/> elements and the <fin/>."""
        queryid = self.new_id()
        rows = self.counting[queryid] = []
        rsm = f"<max>{max}</max>" + "".join(f"<{k}>{v or ''}</{k}>" for k, v in place.items() if v is not None)
        iq = self.make_iq_set(ito=JID(archive) if archive else None)
        iq.append(ElementTree.fromstring(
            f'<query xmlns="{MAM}" queryid="{queryid}"><set xmlns="http://jabber.org/protocol/rsm">{rsm}</set></query>'))
        try:
            answer = await iq.send(timeout=60)
        finally:
            del self.counting[queryid]
        return rows, answer.xml.find(f"{{{MAM}}}fin")

    async def do_mam(self, archive=None, last=50):
        """The last messages of an archive (ours unless said otherwise), oldest first."""
        rows, _ = await self.page(archive, last, before="")
        found = []
        for row in rows:
            message = row.find("{urn:xmpp:forward:0}forwarded/{jabber:client}message")
            delay = row.find("{urn:xmpp:forward:0}forwarded/{urn:xmpp:delay}delay")
            found.append({"archive_id": row.get("id"), "stamp": delay.get("stamp") if delay is not None else None,
                          **(describe(message) if message is not None else {})})
        return found

    async def do_drain(self, archive=None, page=250):
        """Reads a whole archive and counts it."""
        start, count, pages, after = time.monotonic(), 0, 0, None
        while True:
            rows, fin = await self.page(archive, page, after=after)
            count, pages = count + len(rows), pages + 1
            last = fin.findtext("{http://jabber.org/protocol/rsm}set/{http://jabber.org/protocol/rsm}last")
            if fin.get("complete") in ("true", "1") or not rows or not last:
                return {"count": count, "pages": pages, "seconds": time.monotonic() - start}
            after = last

    async def do_features(self, features):
        """Has these as well, and says so (XEP-0115)."""
        for feature in features:
            self.plugin["xep_0030"].add_feature(feature)
        await self.plugin["xep_0115"].update_caps()

    async def do_raw(self, xml):
        """Sends bytes as they are."""
        self.send_raw(xml)

    async def do_iq(self, xml, type="get", to=None):
        """Sends an iq with this payload; answers with the whole reply as XML."""
        iq = self.make_iq(itype=type, ito=JID(to) if to else None)
        iq.append(ElementTree.fromstring(xml))
        return str(await iq.send(timeout=30))

    async def do_drop(self):
        """Breaks the connection without closing the stream."""
        self.abort()

    async def do_logout(self):
        await self.disconnect(wait=1)


async def login(args):
    peer = Peer(args)
    peer.connect(args["host"], args["port"])
    await asyncio.wait_for(peer.ready, args.get("timeout", 20))
    return peer


async def main():
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=64 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    peer = None

    async def carry_out(command):
        nonlocal peer
        id, do, arguments = command["id"], command["do"], command.get("with") or {}
        try:
            if do == "login":
                peer = await login(arguments)
                answer = {"jid": peer.boundjid.full}
            else:
                answer = await getattr(peer, "do_" + do)(**arguments)
            say({"id": id, "ok": answer})
        except IqError as why:
            say({"id": id, "error": why.condition, "text": why.text})
        except IqTimeout:
            say({"id": id, "error": "timeout"})
        except Exception as why:
            say({"id": id, "error": f"{type(why).__name__}: {why}"})

    # in order: a test that sends twice means first and second
    while line := await lines.readline():
        await carry_out(json.loads(line))


asyncio.run(main())
