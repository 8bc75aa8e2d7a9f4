// Files as the browser sends and gets them: see harness/browser/files.rs. The library knows one way, a data channel; it has
// no bytestreams, in-band or other. What came is kept in `peer.files`; who may send is `peer.takes`.

peer.files = [];
peer.sent = [];
peer.takes = true;

// Whether a session is one of files.
peer.isFile = (session) => session instanceof XMPP.Jingle.FileSession;

peer.listenForFiles = (client) => {
  client.on("jingle:incoming", (session) => {
    if (!peer.isFile(session)) return;
    if (peer.takes) session.accept();
  });
  client.jingle.on("sentFile", (session, { value, ...meta }) => {
    peer.sent.push({ sid: session.sid, ...meta, hash: base64(value), ...channelOf(session) });
  });
  client.jingle.on("receivedFile", async (session, blob, { name, size, mediaType, hashes }) => {
    const way = channelOf(session);
    const bytes = await blob.arrayBuffer();
    const algorithms = (hashes ?? []).map(({ algorithm }) => algorithm);
    peer.files.push({ sid: session.sid, name: name ?? null, said: size ?? null, mediaType: mediaType ?? null, algorithms,
      size: bytes.byteLength, sha256: await sha256(bytes), ...way });
  });
};

function base64(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// By which way it went: what both sides agreed on of the channel.
function channelOf({ channel, pc }) {
  const { label, protocol, ordered, id } = channel;
  return { way: "data channel", label, protocol, ordered, id, largestMessage: pc.sctp?.maxMessageSize ?? null };
}

// Sends a file (base64) to a device; the session's id.
peer.sendFile = async (to, name, content, type) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const file = new File([bytes], name, { type, lastModified: Date.UTC(2026, 0, 2, 3, 4, 5) });
  peer.session = peer.client.jingle.createFileTransferSession(to);
  await peer.session.start(file);
  return peer.session.sid;
};

// So many bytes that anyone can make again: harness/browser/files.rs has the same.
peer.sendMade = async (to, name, size) => {
  const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8) * 7) & 255);
  const file = new File([bytes], name, { type: "application/octet-stream", lastModified: Date.UTC(2026, 0, 2, 3, 4, 5) });
  peer.session = peer.client.jingle.createFileTransferSession(to);
  await peer.session.start(file);
  return { sid: peer.session.sid, sha256: await sha256(bytes) };
};

peer.takeFile = async () => peer.session.accept();

// How much of it has come so far, whatever becomes of it.
peer.hasGot = async (sid) => {
  const session = peer.client.jingle.sessions[sid];
  return session?.receiver?.received ?? 0;
};
