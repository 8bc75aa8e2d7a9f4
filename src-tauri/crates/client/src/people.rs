//! Words between the standards' types and the contract's.

use waxwing_contract as contract;
use waxwing_session::xep::presence::Show;

pub(crate) fn show(show: Show) -> contract::Show {
    match show {
        Show::Xa => contract::Show::Xa,
        Show::Away => contract::Show::Away,
        Show::Dnd => contract::Show::Dnd,
        Show::Online => contract::Show::Online,
        Show::Chat => contract::Show::Chat,
    }
}

/// `None` for offline: that is no `<show/>`.
pub(crate) fn wire_show(show: contract::Show) -> Option<Show> {
    match show {
        contract::Show::Offline => None,
        contract::Show::Online => Some(Show::Online),
        contract::Show::Chat => Some(Show::Chat),
        contract::Show::Away => Some(Show::Away),
        contract::Show::Xa => Some(Show::Xa),
        contract::Show::Dnd => Some(Show::Dnd),
    }
}

pub(crate) fn offline() -> contract::Presence {
    contract::Presence { show: contract::Show::Offline, status: String::new(), priority: 0 }
}

/// Own presence as it is kept; available where nothing was chosen.
pub(crate) fn kept_presence(json: &str) -> contract::Presence {
    let online = contract::Presence { show: contract::Show::Online, status: String::new(), priority: 0 };
    serde_json::from_str(json).unwrap_or(online)
}

pub(crate) fn subscription(name: &str) -> contract::Subscription {
    match name {
        "to" => contract::Subscription::To,
        "from" => contract::Subscription::From,
        "both" => contract::Subscription::Both,
        _ => contract::Subscription::None,
    }
}

pub(crate) fn delivery(delivery: waxwing_history::Delivery) -> contract::Delivery {
    use waxwing_history::Delivery;
    match delivery {
        Delivery::Failed => contract::Delivery::Failed,
        Delivery::Queued => contract::Delivery::Queued,
        Delivery::Sending => contract::Delivery::Sending,
        Delivery::OnServer => contract::Delivery::OnServer,
        Delivery::Delivered => contract::Delivery::Delivered,
        Delivery::Read => contract::Delivery::Read,
    }
}

/// How a conversation's notifications differ.
pub(crate) fn notify(kept: &waxwing_history::Notify) -> contract::ConversationNotify {
    contract::ConversationNotify {
        muted: kept.muted,
        muted_until: kept.muted_until,
        preview: kept.preview.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        sound: kept.sound,
    }
}

/// The same as it is kept.
pub(crate) fn kept_notify(notify: contract::ConversationNotify) -> waxwing_history::Notify {
    waxwing_history::Notify {
        muted: notify.muted,
        muted_until: notify.muted_until.filter(|_| notify.muted),
        preview: notify.preview.and_then(|preview| serde_json::to_string(&preview).ok()),
        sound: notify.sound,
    }
}

/// A message as the timeline shows it.
pub(crate) fn message(message: waxwing_history::Message) -> contract::Message {
    contract::Message {
        id: message.id.to_string(),
        order: message.id,
        at: message.stamp,
        outgoing: message.outgoing,
        body: message.body,
        delivery: message.delivery.map(delivery),
        failure: message.failure.and_then(|failure| serde_json::from_str(&failure).ok()),
        other_device: message.other_device,
        call: message.call.as_deref().and_then(call),
        files: message.files.into_iter().map(file).collect(),
    }
}

/// A file as it is shown.
pub(crate) fn file(kept: waxwing_history::File) -> contract::File {
    use waxwing_history::{FileKind, FileState};
    let file = kept.file;
    let state = match file.state {
        FileState::Announced => contract::FileState::Announced,
        FileState::Offered => contract::FileState::Offered,
        FileState::Moving => contract::FileState::Moving,
        FileState::Here => contract::FileState::Here,
        FileState::Failed => contract::FileState::Failed,
        FileState::Cancelled => contract::FileState::Cancelled,
        FileState::Missing => contract::FileState::Missing,
    };
    contract::File {
        id: kept.id.to_string(),
        name: file.name,
        kind: crate::file::look::shown_kind(file.kind),
        inline: matches!(file.kind, FileKind::Image | FileKind::Audio | FileKind::Video),
        media_type: file.media_type,
        size: file.size,
        width: file.width,
        height: file.height,
        length: file.length,
        thumbnail: file.thumbnail.as_deref().and_then(crate::file::look::data_url),
        state,
        failure: kept.failure.and_then(|failure| serde_json::from_str(&failure).ok()),
        way: file.way.and_then(|way| serde_json::from_str(&way).ok()),
        why: crate::account::why_of(&file.facts),
    }
}

/// A call as it is kept.
pub(crate) fn call(json: &str) -> Option<contract::CallRecord> {
    serde_json::from_str(json).ok()
}
