use std::path::PathBuf;

use super::*;

struct Fixture {
    _folder: tempfile::TempDir,
    path: PathBuf,
    store: Store,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.sqlite");
    let store = Store::open(&path).unwrap();
    Fixture { _folder: folder, path, store }
}

const PEER: &str = "juliet@capulet.test";

fn incoming<'a>(body: &'a str, stanza_id: Option<&'a str>, message_id: Option<&'a str>, stamp: i64) -> NewMessage<'a> {
    NewMessage {
        peer: PEER,
        sender: Sender::Peer,
        resource: "balcony",
        stanza_id,
        message_id,
        stamp,
        body,
        markable: true,
        delivery: None,
        live: false,
        follows: None,
        precedes: None,
        unread: true,
    }
}

fn outgoing<'a>(body: &'a str, message_id: &'a str, stamp: i64) -> NewMessage<'a> {
    NewMessage {
        sender: Sender::ThisDevice,
        resource: "",
        delivery: Some(Delivery::Queued),
        live: true,
        ..incoming(body, None, Some(message_id), stamp)
    }
}

fn bodies(page: &Page) -> Vec<&str> {
    page.messages.iter().map(|m| m.body.as_str()).collect()
}

#[test]
fn a_message_is_learnt_once_by_archive_id() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            let first = b.learn(&incoming("hi", Some("s1"), Some("m1"), 1000))?;
            assert!(matches!(first, Learnt::New(_)));
            assert_eq!(b.learn(&incoming("hi", Some("s1"), Some("m1"), 99_000))?, Learnt::Known(first.id()));
            // The same text under another archive id is another message.
            assert!(matches!(b.learn(&incoming("hi", Some("s2"), Some("m1"), 1000))?, Learnt::New(_)));
            Ok(())
        })
        .unwrap();
    assert_eq!(f.store.read().conversation(PEER).unwrap().unwrap().unread, 2);
}

#[test]
fn without_archive_ids_sender_id_text_and_time_decide() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            let id = b.learn(&incoming("hi", None, Some("m1"), 1000))?.id();
            assert_eq!(b.learn(&incoming("hi", None, Some("m1"), 20_000))?, Learnt::Known(id));
            assert_eq!(b.learn(&incoming("hi", Some("s1"), Some("m1"), 1500))?, Learnt::Merged(id));
            assert!(matches!(b.learn(&incoming("other", None, Some("m1"), 1000))?, Learnt::New(_)));
            assert!(matches!(b.learn(&incoming("hi", None, Some("m1"), 900_000))?, Learnt::New(_)));
            assert!(matches!(b.learn(&incoming("hi", None, None, 1000))?, Learnt::New(_)));
            Ok(())
        })
        .unwrap();
}

#[test]
fn an_own_message_and_its_copies_are_one() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            let id = b.learn(&outgoing("hello", "uuid", 5000))?.id();
            b.enter_outbox(id, "<message/>")?;
            let copy = NewMessage {
                sender: Sender::OtherDevice,
                resource: "phone",
                stanza_id: Some("s9"),
                delivery: Some(Delivery::OnServer),
                live: false,
                stamp: 400_000,
                ..outgoing("hello", "uuid", 5000)
            };
            assert_eq!(b.learn(&copy)?, Learnt::Merged(id));
            let message = b.read().message(id)?;
            assert_eq!((message.delivery, message.stanza_id.as_deref()), (Some(Delivery::OnServer), Some("s9")));
            assert!(b.read().outbox()?.is_empty(), "the archive has it: it need not go out again");
            // It came back and was sent again: the archive has it twice.
            assert_eq!(b.learn(&NewMessage { stanza_id: Some("s10"), ..copy })?, Learnt::Known(id));
            Ok(())
        })
        .unwrap();
}

#[test]
fn order_is_time_not_arrival_and_live_is_last() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            for (body, stamp) in [("c", 3000), ("a", 1000), ("b", 2000), ("b2", 2000)] {
                b.learn(&incoming(body, None, None, stamp))?;
            }
            // Our clock is behind: what is said now still comes last.
            b.learn(&outgoing("now", "x", 10))?;
            Ok(())
        })
        .unwrap();
    let page = f.store.read().page(PEER, PageAt::Newest, 10).unwrap();
    assert_eq!(bodies(&page), ["a", "b", "b2", "c", "now"]);
    assert!(page.at_start && page.at_end);
}

#[test]
fn the_archives_order_wins_over_its_coarse_clock() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            let before = b.learn(&incoming("before", None, None, 10_900))?.id();
            let after = NewMessage { follows: Some(before), ..incoming("after", Some("s1"), None, 10_000) };
            assert_eq!(b.learn(&after)?.id(), before + 1);
            Ok(())
        })
        .unwrap();
}

#[test]
fn older_pages_go_before_what_is_there() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            let mut oldest = b.learn(&incoming("5", Some("s5"), None, 10_000))?.id();
            // The archive tells whole seconds; read backwards, each goes before the one after it.
            for (body, id) in [("4", "s4"), ("3", "s3"), ("2", "s2")] {
                let older = NewMessage { precedes: Some(oldest), ..incoming(body, Some(id), None, 10_000) };
                oldest = b.learn(&older)?.id();
            }
            let older = NewMessage { precedes: Some(oldest), ..incoming("1", Some("s1"), None, 9_000) };
            b.learn(&older)?;
            Ok(())
        })
        .unwrap();
    assert_eq!(bodies(&f.store.read().page(PEER, PageAt::Newest, 9).unwrap()), ["1", "2", "3", "4", "5"]);
}

#[test]
fn what_bounced_stays_failed_until_it_is_tried_again() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            let id = b.learn(&outgoing("hello", "uuid", 5000))?.id();
            b.fail(id, "{}")?;
            assert!(!b.advance(id, Delivery::OnServer)?, "an acknowledgement says nothing about a bounce");
            let copy = NewMessage {
                sender: Sender::OtherDevice,
                stanza_id: Some("s1"),
                delivery: Some(Delivery::OnServer),
                ..outgoing("hello", "uuid", 5000)
            };
            b.learn(&copy)?;
            assert_eq!(b.read().message(id)?.delivery, Some(Delivery::Failed));
            assert!(b.revive(id)?);
            assert_eq!(b.read().message(id)?.delivery, Some(Delivery::Queued));
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_moved_message_is_found_at_its_new_place() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            let early = b.learn(&incoming("forty-one", Some("s41"), None, 1000))?.id();
            let forty = b.learn(&incoming("forty", Some("s40"), None, 1200))?.id();
            b.read_to(PEER, forty)?;
            let moved = b.move_to(early, forty, None)?;
            assert_eq!(moved, forty + 1);
            let found = b.read().search("forty-one", None, None, 10)?;
            assert_eq!(found.iter().map(|f| f.message.id).collect::<Vec<_>>(), [moved]);
            assert_eq!(b.read().conversation(PEER)?.unwrap().unread, 0);
            assert_eq!(b.read().first_unread(PEER)?, None);
            Ok(())
        })
        .unwrap();
    assert_eq!(bodies(&f.store.read().page(PEER, PageAt::Newest, 9).unwrap()), ["forty", "forty-one"]);
}

#[test]
fn pages_meet_without_a_hole() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            for i in 0..10_i64 {
                b.learn(&incoming(&i.to_string(), None, None, i * 1000))?;
            }
            Ok(())
        })
        .unwrap();
    let read = f.store.read();
    let newest = read.page(PEER, PageAt::Newest, 4).unwrap();
    assert_eq!(bodies(&newest), ["6", "7", "8", "9"]);
    assert!(newest.at_end && !newest.at_start);
    let before = read.page(PEER, PageAt::Before(newest.messages[0].id), 6).unwrap();
    assert_eq!(bodies(&before), ["0", "1", "2", "3", "4", "5"]);
    assert!(before.at_start && !before.at_end);
    let after = read.page(PEER, PageAt::After(before.messages[5].id), 3).unwrap();
    assert_eq!(bodies(&after), ["6", "7", "8"]);
    let around = read.page(PEER, PageAt::Around(before.messages[5].id), 4).unwrap();
    assert_eq!(bodies(&around), ["3", "4", "5", "6"]);
}

#[test]
fn what_a_first_sign_in_finds_is_not_news() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            b.learn(&NewMessage { unread: false, ..incoming("history", None, None, 1000) })?;
            let news = b.learn(&incoming("news", None, None, 2000))?.id();
            assert_eq!(b.read().conversation(PEER)?.unwrap().unread, 1);
            assert_eq!(b.read().first_unread(PEER)?, Some(news));
            assert_eq!(b.read().first_unread("nobody@example.test")?, None);
            Ok(())
        })
        .unwrap();
}

#[test]
fn reading_moves_forwards_only() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            let ids: Vec<i64> =
                (1..=3).map(|i| b.learn(&incoming(&i.to_string(), None, None, i * 1000)).unwrap().id()).collect();
            assert_eq!(b.read().first_unread(PEER)?, Some(ids[0]));
            assert!(b.read_to(PEER, ids[1])?);
            assert_eq!(b.read().conversation(PEER)?.unwrap().unread, 1);
            assert!(!b.read_to(PEER, ids[0])?, "never back");
            assert_eq!(b.read().first_unread(PEER)?, Some(ids[2]));
            assert!(b.read_to(PEER, ids[2])?);
            assert_eq!(b.read().first_unread(PEER)?, None);
            // Older history is not news.
            b.learn(&incoming("old", None, None, 1))?;
            assert_eq!(b.read().conversation(PEER)?.unwrap().unread, 0);
            Ok(())
        })
        .unwrap();
}

#[test]
fn receipts_and_markers_only_move_forwards() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            let a = b.learn(&outgoing("a", "ia", 1000))?.id();
            let c = b.learn(&outgoing("c", "ic", 2000))?.id();
            assert!(b.confirm(PEER, "ia", Delivery::Delivered)?.is_empty(), "a queued message cannot have arrived");
            b.advance(a, Delivery::OnServer)?;
            b.advance(c, Delivery::Sending)?;
            assert_eq!(b.confirm(PEER, "ic", Delivery::Read)?, [a, c]);
            assert!(b.confirm(PEER, "ia", Delivery::Delivered)?.is_empty());
            assert!(b.confirm("other@capulet.test", "ia", Delivery::Read)?.is_empty(), "not theirs to confirm");
            assert_eq!(b.read().message(a)?.delivery, Some(Delivery::Read));
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_outbox_outlives_a_crash_in_order() {
    let Fixture { _folder, path, mut store } = fixture();
    store
        .commit(|b| {
            for (body, id) in [("one", "1"), ("two", "2")] {
                let message = b.learn(&outgoing(body, id, 1000))?.id();
                b.enter_outbox(message, &format!("<message id='{id}'/>"))?;
            }
            Ok(())
        })
        .unwrap();
    drop(store);
    let store = Store::open(&path).unwrap();
    let stanzas: Vec<_> = store.read().outbox().unwrap().into_iter().map(|w| w.stanza).collect();
    assert_eq!(stanzas, ["<message id='1'/>", "<message id='2'/>"]);
}

#[test]
fn a_failed_batch_leaves_nothing() {
    let mut f = fixture();
    let failed: Result<()> = f.store.commit(|b| {
        b.learn(&incoming("x", None, None, 1))?;
        Err(Error::NotFound)
    });
    assert!(failed.is_err());
    assert!(f.store.read().conversations().unwrap().is_empty());
}

#[test]
fn words_are_found_newest_first() {
    let mut f = fixture();
    f.store
        .commit(|b| {
            b.learn(&incoming("The orchard wants everyone's arrival time", None, None, 3000))?;
            b.learn(&incoming("Orchard, again", None, None, 1000))?;
            b.learn(&incoming("Zürich über alles", None, None, 2000))?;
            b.learn(&incoming("<b>\"quoted\" AND (NEAR* OR -x</b>", None, None, 4000))?;
            Ok(())
        })
        .unwrap();
    let read = f.store.read();
    let find = |query: &str| -> Vec<String> {
        read.search(query, None, None, 10).unwrap().into_iter().map(|f| f.message.body).collect()
    };
    assert_eq!(find("orch"), ["The orchard wants everyone's arrival time", "Orchard, again"]);
    assert_eq!(find("time orchard").len(), 1);
    assert_eq!(find("zurich"), ["Zürich über alles"], "accents do not matter");
    assert_eq!(find("\"quoted\" AND (NEAR").len(), 1, "nothing typed is syntax");
    assert!(find("").is_empty() && find("\"").is_empty() && find("* - (").is_empty());
    let hit = &read.search("arrival", None, None, 1).unwrap()[0];
    assert!(hit.excerpt.contains(&Piece { text: "arrival".into(), found: true }));
    let rest = read.search("orchard", Some(PEER), Some(hit.message.id), 10).unwrap();
    assert_eq!(rest.len(), 1);
    assert!(read.search("orchard", Some("nobody@x.test"), None, 10).unwrap().is_empty());
}

#[test]
fn a_newer_database_is_refused_and_untouched() {
    let Fixture { _folder, path, store } = fixture();
    drop(store);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Store::open(&path), Err(Error::TooNew(99))));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_database_is_refused_and_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.sqlite");
    std::fs::write(&path, b"this is not a database, however long it may be ....").unwrap();
    assert!(matches!(Store::open(&path), Err(Error::Damaged(_))));
    assert!(std::fs::read(&path).unwrap().starts_with(b"this is not"));

    let Fixture { _folder, path, mut store } = fixture();
    store.commit(|b| (0..500_i64).try_for_each(|i| b.learn(&incoming("x y z", None, None, i)).map(drop))).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(Store::open(&path).and_then(|store| store.check()), Err(Error::Damaged(_))));
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn the_application_remembers_accounts_and_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sqlite");
    let account = app::Account {
        id: "1".into(),
        position: 1,
        jid: "a@b.test".into(),
        enabled: true,
        user_agent: "u".into(),
        endpoint: None,
        proxy: Some("socks5://127.0.0.1:9050".into()),
        pin: Some("AA".into()),
        presence: "{}".into(),
        hue: Some(210),
    };
    let store = app::AppStore::open(&path).unwrap();
    store.put_account(&account).unwrap();
    store.set_setting("settings", "{}").unwrap();
    drop(store);
    let store = app::AppStore::open(&path).unwrap();
    assert_eq!(store.accounts().unwrap(), [account]);
    assert_eq!(store.setting("settings").unwrap().as_deref(), Some("{}"));
    store.remove_account("1").unwrap();
    assert!(store.accounts().unwrap().is_empty());
}
