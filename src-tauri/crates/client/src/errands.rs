//! What the desktop asks of the window. An errand waits in its view until the window has done it, so nothing is lost
//! while the window is still being drawn.

use std::sync::atomic::{AtomicI64, Ordering};

use waxwing_contract::{Code, Errand, Task};

use crate::failure::fail;
use crate::view::Views;

/// Links that wait at once: a person follows one at a time, a hostile page has no shame.
const LINKS: usize = 8;

/// Numbers errands.
#[derive(Default)]
pub(crate) struct Errands(AtomicI64);

impl Errands {
    /// Asks the window for something. A newer wish of the same kind takes the older one's place.
    pub fn ask(&self, views: &Views, task: Task) {
        let waiting = views.errands();
        let links = waiting.iter().filter(|e| matches!(e.task, Task::FollowLink { .. })).count();
        let task = match task {
            Task::FollowLink { .. } if links >= LINKS => {
                Task::RefuseLink { failure: fail(Code::TooManyLinks, format!("more than {LINKS} links at once")) }
            }
            task => task,
        };
        let is_link = matches!(task, Task::FollowLink { .. });
        let same = |e: &&Errand| !is_link && std::mem::discriminant(&e.task) == std::mem::discriminant(&task);
        let replaced = waiting.iter().filter(same).map(|e| e.id.clone()).collect();
        let order = self.0.fetch_add(1, Ordering::Relaxed);
        views.change_errands(vec![Errand { id: order.to_string(), order, task }], replaced);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_contract::{Link, LinkAction};

    #[test]
    fn thousands_of_links_are_a_handful() {
        let (views, errands) = (Views::new(), Errands::default());
        for n in 0..5000 {
            let link = Link { jid: format!("a{n}@x.test"), action: LinkAction::Join };
            errands.ask(&views, Task::FollowLink { link });
        }
        let waiting = views.errands();
        let links = waiting.iter().filter(|e| matches!(e.task, Task::FollowLink { .. })).count();
        assert_eq!((links, waiting.len()), (LINKS, LINKS + 1));
    }

    #[test]
    fn the_last_conversation_wins() {
        let (views, errands) = (Views::new(), Errands::default());
        for peer in ["a@x.test", "b@x.test"] {
            errands.ask(&views, Task::OpenConversation { account: "1".into(), peer: peer.into(), compose: false });
        }
        errands.ask(&views, Task::AskClose);
        let waiting = views.errands();
        assert_eq!(waiting.len(), 2);
        assert!(waiting.iter().any(|e| matches!(&e.task, Task::OpenConversation { peer, .. } if peer == "b@x.test")));
    }
}
