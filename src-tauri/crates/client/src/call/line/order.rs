//! What a line is told to do, and what it tells.

use waxwing_contract::{CallQuality, CallTrouble, PictureOf};
use waxwing_jingle::content::Content;
use waxwing_jingle::ice::{Candidate, Credentials};
use waxwing_jingle::rtp::Media;
use waxwing_media::Words;
use waxwing_media::engine::Restart;
use waxwing_media::screen::Id as ScreenId;

use crate::account::Reply;

/// What a line is told to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Offer these, bundled or not.
    Offer {
        media: Vec<Media>,
        bundle: bool,
    },
    /// Answer this, sending these of its media.
    Answer {
        offer: Words,
        sends: Vec<Media>,
    },
    /// They answered our offer.
    Answered(Words),
    /// They can be reached there.
    Candidate {
        content: String,
        candidate: Candidate,
    },
    /// They look for ways anew, or agree (`answer`).
    Restarted {
        content: String,
        credentials: Credentials,
        answer: bool,
    },
    /// Look for ways anew: the network is another one.
    Restart,
    /// They want to send more.
    AnswerMore(Vec<Content>),
    /// They take what we wanted in addition; or they do not.
    Added(Vec<Content>),
    NotAdded(Vec<String>),
    /// Show the camera, or nothing.
    Camera {
        on: bool,
        reply: Reply,
    },
    /// Show a screen, or none; `apart` where they take one beside the camera.
    Screen {
        screen: Option<ScreenId>,
        apart: bool,
        reply: Reply,
    },
    /// One puts the other on hold, or both.
    Hold {
        ours: bool,
        theirs: bool,
    },
    /// A key of a telephone.
    Dial(char),
}

/// What a line tells.
#[derive(Debug)]
pub(crate) enum News {
    Offer(Words),
    Answer(Words),
    /// Our part of what they want in addition.
    More(Vec<Content>),
    /// It cannot be taken.
    Less(Vec<String>),
    /// What we want in addition.
    Add(Box<Content>),
    /// What we show now.
    Showing {
        camera: bool,
        screen: bool,
    },
    /// We can be reached there.
    Candidate {
        content: String,
        credentials: Credentials,
        candidate: Candidate,
    },
    /// Ways are looked for anew.
    Restart(Vec<Restart>),
    /// Sound can flow.
    Connected,
    /// Nothing comes through at the moment.
    Interrupted,
    /// Something comes in of these media.
    Receiving(PictureOf),
    Quality(CallQuality),
    /// The devices are as chosen or not.
    Devices {
        listening_only: bool,
        changed: bool,
    },
    /// It is over: nothing is told after this.
    Failed(CallTrouble),
}
