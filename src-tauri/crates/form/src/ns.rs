//! Namespaces.

use waxwing_xml::Element;

pub const DATA: &str = "jabber:x:data";
pub const VALIDATE: &str = "http://jabber.org/protocol/xdata-validate";
pub const LAYOUT: &str = "http://jabber.org/protocol/xdata-layout";
pub const MEDIA: &str = "urn:xmpp:media-element";
pub const CAPTCHA: &str = "urn:xmpp:captcha";
pub const REGISTER: &str = "jabber:iq:register";

/// Whether an element inside one of the companions' is called so. XEP-0122 §4.2 recommends a prefix for the outer element and
/// leaves the inner ones in the form's namespace, so these are taken as well.
pub(crate) fn is_inner(element: &Element, name: &str, ns: &str) -> bool {
    element.is(name, ns) || element.is(name, DATA)
}
