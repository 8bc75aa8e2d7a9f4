//! Writes `ui/src/ipc/contract.ts`.

use std::fmt::Write as _;

use ts_rs::{Config, TS, TypeVisitor};

use crate::{Update, View, command};

#[derive(Default)]
struct Declarations {
    seen: std::collections::BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let config = Config::default();
        // Types without a declaration of their own (strings, arrays, Option) have no output path.
        if T::output_path().is_none() || self.seen.contains_key(&T::ident(&config)) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        self.seen.insert(T::ident(&config), format!("{docs}export {}\n", T::decl(&config)));
        T::visit_dependencies(self);
    }
}

/// The whole file.
pub fn contract() -> String {
    let mut declarations = Declarations::default();
    declarations.visit::<View>();
    declarations.visit::<Update<crate::Account>>();
    macro_rules! all { ($($t:ident),*) => { $(declarations.visit::<crate::$t>();)* }; }
    all!(
        Account,
        Call,
        PictureOf,
        Contact,
        SubscriptionRequest,
        Conversation,
        Errand,
        Message,
        Recording,
        StreamElement,
        Transfer,
        TrialStep,
        Failure
    );
    command::visit_types(&mut declarations);

    let mut out = String::from("// Written from src-tauri/crates/contract by `make contract`. Do not edit.\n\n");
    for declaration in declarations.seen.values() {
        out.push_str(declaration);
        out.push('\n');
    }
    out.push_str("/** Every command: its request and its response. */\nexport interface Commands {\n");
    command::visit_typescript(&mut |name, request, response, doc| {
        let _ = writeln!(out, "  /** {} */\n  {name:?}: {{ request: {request}; response: {response} }};", doc.trim());
    });
    out.push_str("}\n");
    out
}
