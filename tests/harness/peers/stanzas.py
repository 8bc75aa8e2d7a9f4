"""What slix.py says to a test and how it tells what has come."""

import json
import sys
from xml.etree import ElementTree

SFS = "urn:xmpp:sfs:0"
SIMS = "urn:xmpp:sims:1"
ATTACHING = "urn:xmpp:message-attaching:1"


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def name(element):
    return element.tag.rpartition("}")[2]


def namespace(element):
    return element.tag[1:].rpartition("}")[0]


def describe(stanza):
    """A message's parts by what they mean; `xml` is the whole."""
    seen = {"from": stanza.get("from"), "to": stanza.get("to"), "id": stanza.get("id"), "type": stanza.get("type", "normal")}
    for child in stanza:
        tag, space = name(child), namespace(child)
        if space == "jabber:client" and tag in ("body", "subject", "thread"):
            seen.setdefault(tag, child.text or "")
        elif space == "http://jabber.org/protocol/chatstates":
            seen["chat_state"] = tag
        elif space == "urn:xmpp:receipts":
            seen["receipt" if tag == "received" else "receipt_request"] = child.get("id") if tag == "received" else True
        elif space == "urn:xmpp:chat-markers:0":
            seen["marker" if tag != "markable" else "markable"] = {"kind": tag, "id": child.get("id")} if tag != "markable" else True
        elif space == "urn:xmpp:sid:0":
            if tag == "origin-id":
                seen["origin_id"] = child.get("id")
            else:
                seen.setdefault("stanza_ids", {})[child.get("by", "")] = child.get("id")
        elif space == "urn:xmpp:message-correct:0":
            seen["replaces"] = child.get("id")
        elif space == "urn:xmpp:delay":
            seen["delay"] = child.get("stamp")
        elif space == "urn:xmpp:carbons:2" and tag in ("sent", "received"):
            inner = child.find("{urn:xmpp:forward:0}forwarded/{jabber:client}message")
            seen["carbon"] = tag
            seen["message"] = describe(inner) if inner is not None else None
        elif space == "jabber:x:oob" and tag == "x":
            seen["oob"] = child.findtext("{jabber:x:oob}url")
        elif space in (SFS, SIMS, ATTACHING) or tag == "reference":
            shared(child, tag, seen)
        elif tag == "error":
            seen["error"] = error_of(child)
    seen["xml"] = ElementTree.tostring(stanza, encoding="unicode")
    return seen


def shared(child, tag, seen):
    """What a message says of files in the newer ways: XEP-0447 (with sources that come later, XEP-0367) and XEP-0385."""
    if tag == "file-sharing":
        seen.setdefault("sfs", []).append({"id": child.get("id"), "disposition": child.get("disposition"),
                                           **file_of(child), "sources": targets(child)})
    elif tag == "sources":
        seen["sources"] = {"id": child.get("id"), "urls": targets(child)}
    elif tag == "attach-to":
        seen["attach_to"] = child.get("id")
    elif (media := child.find(f"{{{SIMS}}}media-sharing")) is not None:
        uris = [one.get("uri") for one in media.iter("{urn:xmpp:reference:0}reference")]
        seen.setdefault("sims", []).append({**file_of(media), "sources": uris})


def file_of(parent):
    """The words of a <file/>, whatever it is called by; hashes by algorithm, in base64."""
    found = {"hashes": {}}
    for file in (child for child in parent if name(child) == "file"):
        for child in file:
            if namespace(child) == "urn:xmpp:hashes:2":
                found["hashes"][child.get("algo")] = child.text
            elif name(child) == "thumbnail":
                found["thumbnail"] = dict(child.attrib)
            else:
                found[name(child).replace("-", "_")] = child.text
    return found


def targets(element):
    return [one.get("target") for one in element.iter("{http://jabber.org/protocol/url-data}url-data")]


def error_of(element):
    found = {"type": element.get("type")}
    for child in element:
        if name(child) == "text":
            found["text"] = child.text
        elif namespace(child) == "urn:ietf:params:xml:ns:xmpp-stanzas":
            found["condition"] = name(child)
    return found
