"""Files as slix.py sends and gets them: uploaded (XEP-0363) and told of, fetched from a link, or in-band (XEP-0047)."""

import asyncio
import base64
import hashlib
import http.client
import ssl
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from slixmpp import JID
from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher.base import MatcherBase

from stanzas import error_of, name, namespace, say

IBB = "http://jabber.org/protocol/ibb"
UPLOAD = "urn:xmpp:http:upload:0"
PIECE = 64 * 1024


class MatchInBand(MatcherBase):
    """What is said of a bytestream that goes through the stream itself."""

    def match(self, stanza):
        return name(stanza.xml) == "iq" and stanza["type"] == "set" and len(stanza.xml) and namespace(stanza.xml[0]) == IBB


class Files:
    """The part of a peer that has to do with files."""

    def listen_for_files(self):
        self.refusal = None
        self.register_handler(Callback("in-band bytes", MatchInBand(None), self.on_ibb))

    def on_ibb(self, stanza):
        """Agrees to it, or refuses it as do_refuse_ibb has said; a test decides what becomes of it."""
        said = stanza.xml[0]
        if self.refusal:
            answer = stanza.reply()
            answer["type"] = "error"
            answer["error"]["type"] = "cancel"
            answer["error"]["condition"] = self.refusal
            answer.send()
        else:
            stanza.reply().send()
        say({"event": "ibb", "from": stanza.xml.get("from"), "what": name(said), **said.attrib, "data": said.text})

    async def do_refuse_ibb(self, condition=None):
        """Answers whatever is said of in-band bytes with this error from now on; None: agrees again."""
        self.refusal = condition

    async def do_upload_service(self):
        """Who takes uploads here, and how large they may be."""
        disco = self.plugin["xep_0030"]
        items = await disco.get_items(jid=JID(self.boundjid.domain), timeout=10)
        for jid, _, _ in items["disco_items"]["items"]:
            try:
                info = (await disco.get_info(jid=JID(jid), timeout=10))["disco_info"]
            except IqError:
                continue
            if UPLOAD in info["features"]:
                largest = [value.text for field in info.xml.iter("{jabber:x:data}field") if field.get("var") == "max-file-size"
                           for value in field]
                return {"jid": str(jid), "largest": int(largest[0]) if largest else None}
        raise RuntimeError("nobody takes uploads here")

    async def do_slot(self, name, size, type="application/octet-stream", service=None):
        """Where a file may be put, with which headers, and where it is to be found then."""
        service = service or (await self.do_upload_service())["jid"]
        iq = self.make_iq_get(ito=JID(service))
        iq.append(ElementTree.fromstring(f'<request xmlns="{UPLOAD}" filename={quoteattr(name)} size="{size}" '
                                         f"content-type={quoteattr(type)}/>"))
        slot = (await iq.send(timeout=30)).xml.find(f"{{{UPLOAD}}}slot")
        put = slot.find(f"{{{UPLOAD}}}put")
        headers = {header.get("name"): header.text for header in put}
        return {"put": put.get("url"), "headers": headers, "get": slot.find(f"{{{UPLOAD}}}get").get("url")}

    async def do_upload(self, path, name=None, type="application/octet-stream", service=None):
        """Puts a file there; its link, and what it is."""
        content = Path(path).read_bytes()
        slot = await self.do_slot(name or Path(path).name, len(content), type, service)
        headers = {**slot["headers"], "Content-Type": type, "Content-Length": str(len(content))}
        answer = await asyncio.to_thread(self.exchange, "PUT", slot["put"], headers, content)
        if answer["status"] not in (200, 201, 204):
            raise RuntimeError(f"the upload was answered with {answer['status']}")
        return {"url": slot["get"], "size": len(content), "sha256": hashlib.sha256(content).hexdigest(),
                "status": answer["status"]}

    async def do_share(self, to, path, name=None, type="application/octet-stream", service=None, newer=False, chat="chat"):
        """Uploads a file and sends its link, as XEP-0066 has it; and, where `newer`, what it is (XEP-0447)."""
        shared = await self.do_upload(path, name, type, service)
        message = self.make_message(mto=JID(to), mbody=shared["url"], mtype=chat)
        message["id"] = self.new_id()
        message.xml.append(ElementTree.fromstring(f'<x xmlns="jabber:x:oob"><url>{escape(shared["url"])}</url></x>'))
        if newer:
            sfs = self.plugin["xep_0447"].get_sfs(path=Path(path), uris=[shared["url"]], media_type=type)
            if name:
                sfs["file"]["name"] = name
            message.append(sfs)
        message.send()
        return {"id": message["id"], **shared}

    async def do_fetch(self, url, headers={}, to=None):
        """Gets what a link leads to; into the file `to`, where there is one."""
        return await asyncio.to_thread(self.exchange, "GET", url, headers, None, to)

    async def do_http(self, method, url, headers={}, data=""):
        """Any request; data is base64."""
        return await asyncio.to_thread(self.exchange, method, url, headers, base64.b64decode(data))

    def exchange(self, method, url, headers, body=None, to=None):
        """One request and its answer, by the same authority as the stream's."""
        place = urlsplit(url)
        if place.scheme != "https":
            raise RuntimeError(f"{url} is no https link")
        trusted = ssl.create_default_context(cafile=self.args.get("ca"))
        connection = http.client.HTTPSConnection(place.hostname, place.port, context=trusted, timeout=50)
        try:
            connection.request(method, place.path + ("?" + place.query if place.query else ""), body, headers)
            answer = connection.getresponse()
            digest, size = hashlib.sha256(), 0
            with open(to or "/dev/null", "wb") as file:
                while piece := answer.read(PIECE):
                    digest.update(piece)
                    file.write(piece)
                    size += len(piece)
            said = answer.getheader("Content-Length")
            # the library takes what there is
            if said and method != "HEAD" and int(said) != size:
                raise RuntimeError(f"{size} bytes of {said}")
            return {"status": answer.status, "size": size, "sha256": digest.hexdigest(),
                    "headers": {key.lower(): value for key, value in answer.getheaders()}}
        finally:
            connection.close()

    async def do_send_ibb(self, to, sid, path, block=4096, first=0):
        """Opens an in-band bytestream, sends a file, and closes it; how many pieces were taken, and what was said to the
        one that was not."""
        content, taken = Path(path).read_bytes(), 0
        words = [f'<open xmlns="{IBB}" sid="{sid}" block-size="{block}" stanza="iq"/>']
        for number, at in enumerate(range(0, len(content), block), first):
            piece = base64.b64encode(content[at:at + block]).decode()
            words.append(f'<data xmlns="{IBB}" sid="{sid}" seq="{number % 65536}">{piece}</data>')
        words.append(f'<close xmlns="{IBB}" sid="{sid}"/>')
        for word in words:
            iq = self.make_iq_set(ito=JID(to))
            iq.append(ElementTree.fromstring(word))
            try:
                await iq.send(timeout=30)
            except IqError as why:
                return {"taken": taken, "error": error_of(why.iq.xml.find("{jabber:client}error"))}
            taken += word.startswith("<data")
        return {"taken": taken, "error": None}
