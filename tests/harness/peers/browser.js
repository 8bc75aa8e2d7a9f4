// Another client, by other people (stanza.js, in Chromium), driven from a test: see harness/browser.rs. What is called from
// there is in `peer`; what the library tells is kept in `peer.told`, and what goes over the wire of calls in `peer.wire`.

const peer = { told: [], wire: [], there: {} };

const RATE = 48000;
// As harness/devices.rs has them: what sounds all the time is taken for a noise.
const BURST = RATE / 5;
const PIECE = RATE / 100;
const KEPT = 3 * RATE;

// A microphone that says a tone in bursts.
function microphone(hertz) {
  const burst = new AudioBuffer({ length: 2 * BURST, sampleRate: RATE });
  const samples = burst.getChannelData(0);
  for (let at = 0; at < BURST; at += 1) samples[at] = 0.4 * Math.sin((2 * Math.PI * hertz * at) / RATE);
  const source = new AudioBufferSourceNode(peer.context, { buffer: burst, loop: true });
  const destination = new MediaStreamAudioDestinationNode(peer.context, { channelCount: 1 });
  source.connect(destination);
  source.start();
  return destination.stream.getAudioTracks()[0];
}

// A camera that shows a colour above, a bar of another that goes through it, and below what takes many bits.
function camera([colour, bar]) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
  const drawing = canvas.getContext("2d");
  let step = 0;
  const draw = () => {
    step += 1;
    drawing.fillStyle = colour;
    drawing.fillRect(0, 0, 640, 360);
    drawing.fillStyle = bar;
    drawing.fillRect(80 + ((step * 8) % 480), 0, 80, 180);
    for (let tile = 0; tile < 230; tile += 1) {
      drawing.fillStyle = `hsl(${Math.random() * 360} 80% 50%)`;
      drawing.fillRect((tile % 23) * 28, 180 + Math.floor(tile / 23) * 18, 28, 18);
    }
  };
  draw();
  peer.drawing = setInterval(draw, 50);
  return canvas.captureStream(20).getVideoTracks()[0];
}

// Keeps what is heard in the last seconds.
function listen(stream) {
  peer.listening?.[1].disconnect();
  // Without an element that plays it, nothing is decoded.
  const element = Object.assign(document.createElement("audio"), { srcObject: stream, muted: true });
  element.play();
  const ear = peer.context.createScriptProcessor(2048, 1, 1);
  ear.onaudioprocess = ({ inputBuffer }) => {
    peer.heard = [...peer.heard, ...inputBuffer.getChannelData(0)].slice(-KEPT);
  };
  peer.context.createMediaStreamSource(stream).connect(ear);
  ear.connect(peer.context.destination);
  peer.listening = [element, ear];
}

function watch(stream) {
  peer.video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true });
  peer.video.play();
}

peer.signIn = async (service, jid, password, hertz) => {
  peer.context = new AudioContext({ sampleRate: RATE });
  peer.hertz = hertz;
  peer.heard = [];
  const client = XMPP.createClient({
    jid, password, resource: "browser", autoReconnect: false, allowResumption: false,
    transports: { websocket: service, bosh: false },
    jingle: { iceServers: [] },
  });
  peer.client = client;
  client.on("raw:*", (way, xml) => {
    if (xml.includes("<jingle") || xml.includes("<error")) {
      peer.wire.push(`${way === "raw:outgoing" ? "said" : "heard"}: ${xml}`);
    }
  });
  peer.listenForFiles(client);
  const tell = (event, session, more) => peer.told.push({ event, sid: session.sid, ...more });
  client.on("jingle:incoming", (session) => {
    peer.session = session;
    tell("incoming", session, { video: session.includesVideo ?? false, file: peer.isFile(session) });
    if (peer.rings && session.ring) session.ring();
  });
  client.on("jingle:accepted", (session) => tell("accepted", session));
  client.on("jingle:terminated", (session, reason) => tell("terminated", session, { reason: reason?.condition ?? null }));
  client.on("jingle:ringing", (session) => tell("ringing", session));
  for (const event of ["mute", "unmute"]) {
    client.on(`jingle:${event}`, (session, info) => tell(event, session, { content: info.name ?? null }));
  }
  for (const event of ["hold", "resumed"]) client.on(`jingle:${event}`, (session) => tell(event, session));
  client.jingle.on("connectionState", (session, state) => tell(state, session));
  client.jingle.on("log:error", (...words) => peer.wire.push(`trouble: ${words.map(plain).join(" ")}`));
  client.jingle.on("peerTrackAdded", (session, track) => {
    const stream = new MediaStream([track]);
    if (track.kind === "audio") listen(stream);
    else watch(stream);
  });
  client.on("available", ({ from }) => (peer.there[from] = true));
  client.on("unavailable", ({ from }) => delete peer.there[from]);
  const signedIn = new Promise((resolve, reject) => {
    client.on("session:started", resolve);
    client.on("auth:failed", () => reject("the password is refused"));
    client.on("disconnected", () => reject("there is no connection"));
  });
  client.connect();
  await signedIn;
  await client.getRoster();
  client.updateCaps();
  client.sendPresence({ legacyCapabilities: client.disco.getCaps() });
  return client.jid;
};

function plain(word) {
  return typeof word === "string" ? word : word instanceof Error ? String(word) : JSON.stringify(word);
}

// What it sends: a microphone, and a camera of these colours where there are any.
function tracks(colours) {
  peer.microphone = microphone(peer.hertz);
  const all = [peer.microphone];
  if (colours) all.push((peer.camera = camera(colours)));
  return new MediaStream(all);
}

peer.call = async (to, colours) => {
  peer.session = peer.client.jingle.createMediaSession(to, undefined, tracks(colours));
  await peer.session.start();
  return peer.session.sid;
};

peer.answer = async (colours) => {
  const stream = tracks(colours);
  for (const track of stream.getTracks()) await peer.session.addTrack(track, stream);
  await peer.session.accept();
};

peer.end = async (reason) => peer.session.end(reason);

peer.mute = async (muted) => {
  peer.microphone.enabled = !muted;
  const name = peer.session.pc.getTransceivers().find(({ sender }) => sender.track === peer.microphone).mid;
  await (muted ? peer.session.mute("initiator", name) : peer.session.unmute("initiator", name));
};

peer.hold = async (held) => (held ? peer.session.hold() : peer.session.resume());

// The library itself adds nothing to a session: this is what XEP-0166 §7.2 asks for.
peer.add = async (colours) => {
  const { session } = peer;
  session.onContentAccept = async (changes, done) => {
    const answer = XMPP.Jingle.importFromSDP(session.pc.remoteDescription.sdp);
    const added = Protocol.convertRequestToIntermediate(changes, session.peerRole).media;
    answer.media = [...answer.media.filter(({ mid }) => !added.some((one) => one.mid === mid)), ...added];
    for (const group of answer.groups) group.mids = answer.media.map(({ mid }) => mid);
    await session.pc.setRemoteDescription({ type: "answer", sdp: XMPP.Jingle.exportToSDP(answer) });
    await session.processBufferedCandidates();
    peer.told.push({ event: "added", sid: session.sid });
    done();
  };
  session.onContentReject = (changes, done) => {
    peer.told.push({ event: "not added", sid: session.sid });
    done();
  };
  await session.processLocal("content-add", async () => {
    peer.camera = camera(colours);
    session.pc.addTransceiver(peer.camera, { direction: "sendonly", streams: [new MediaStream([peer.camera])] });
    const offer = await session.pc.createOffer();
    const jingle = Protocol.convertIntermediateToRequest(
      XMPP.Jingle.importFromSDP(offer.sdp), session.role, session.transportType);
    await session.pc.setLocalDescription(offer);
    session.send("content-add", { contents: [{ ...jingle.contents.at(-1), creator: session.role }] });
  });
};

peer.restart = async () => peer.session.restartIce();

// Says something of the session that the library would not say; the error, where it is refused.
peer.say = async (action, said) => {
  const { sid, peerID } = peer.session;
  try {
    await peer.client.sendIQ({ to: peerID, type: "set", jingle: { sid, action, ...said } });
    return null;
  } catch ({ error }) {
    return error;
  }
};

// Says so many places to be reached at, where nobody is; how many of the words were refused.
peer.flood = async (words, places) => {
  const [content] = peer.session.pc.getTransceivers().map(({ mid }) => mid);
  const candidate = (_, at) => ({ component: 1, foundation: "1", ip: `203.0.113.${1 + (at % 250)}`, port: 1024 + at, priority: at + 1,
    protocol: "udp", type: "host", id: `c${at}`, generation: 0 });
  const transport = { transportType: peer.session.transportType };
  const answers = [];
  for (let word = 0; word < words; word += 1) {
    const candidates = Array.from({ length: places }, (_, at) => candidate(_, word * places + at));
    const contents = [{ creator: "initiator", name: content, transport: { ...transport, candidates } }];
    answers.push(peer.say("transport-info", { contents }));
  }
  return (await Promise.all(answers)).filter((error) => error).length;
};

// Says that another certificate is its own from now on.
peer.pose = async () => {
  const [content] = peer.session.pc.getTransceivers().map(({ mid }) => mid);
  const { iceParameters } = XMPP.Jingle.importFromSDP(peer.session.pc.localDescription.sdp).media[0];
  const value = Array.from({ length: 32 }, () => "AB").join(":");
  const transport = {
    transportType: peer.session.transportType, ...iceParameters,
    fingerprints: [{ algorithm: "sha-256", setup: "actpass", value }],
  };
  return peer.say("transport-info", { contents: [{ creator: "initiator", name: content, transport }] });
};

// The share that a tone has of all that is loud of what was heard lately, as harness/devices.rs reckons it.
peer.hears = async (hertz) => {
  const loud = [];
  let loudest = 0;
  for (let at = 0; at + PIECE <= peer.heard.length; at += PIECE) {
    const piece = peer.heard.slice(at, at + PIECE);
    const most = Math.max(...piece.map(Math.abs));
    loudest = Math.max(loudest, most);
    if (most > 0.02) loud.push(...piece);
  }
  const shares = [];
  for (let from = 0; from + PIECE * 4 <= loud.length; from += PIECE * 4) {
    let [real, imaginary, power] = [0, 0, 0];
    for (let at = 0; at < PIECE * 4; at += 1) {
      const [turn, sample] = [(2 * Math.PI * hertz * at) / RATE, loud[from + at]];
      real += sample * Math.cos(turn);
      imaginary += sample * Math.sin(turn);
      power += sample * sample;
    }
    shares.push((2 * (real * real + imaginary * imaginary)) / Math.max(power * PIECE * 4, Number.MIN_VALUE));
  }
  const share = shares.length < 5 ? 0 : shares.reduce((sum, one) => sum + one, 0) / shares.length;
  return { share, loudest, seconds: peer.heard.length / RATE };
};

peer.forget = async () => (peer.heard = []);

// How large a picture is seen, the colour in its upper left corner, and how many were decoded.
peer.sees = async () => {
  const { video } = peer;
  if (!video?.videoWidth) return null;
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const drawing = canvas.getContext("2d");
  drawing.drawImage(video, 0, 0);
  const [red, green, blue] = drawing.getImageData(4, 4, 1, 1).data;
  return { width: canvas.width, height: canvas.height, colour: [red, green, blue],
    frames: video.getVideoPlaybackQuality().totalVideoFrames };
};

// How its way is: the state, and which kinds of places the way in use has.
peer.way = async () => {
  const { pc } = peer.session;
  const stats = await pc.getStats();
  const transport = [...stats.values()].find(({ type }) => type === "transport");
  const pair = stats.get(transport?.selectedCandidatePairId);
  return {
    state: pc.connectionState,
    ufrag: transport?.iceLocalUsernameFragment ?? null,
    here: stats.get(pair?.localCandidateId)?.candidateType ?? null,
    there: stats.get(pair?.remoteCandidateId)?.candidateType ?? null,
  };
};
