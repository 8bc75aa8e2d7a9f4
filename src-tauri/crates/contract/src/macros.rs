/// Declares types that cross the border: serialised in camelCase and exported to TypeScript.
macro_rules! border {
    ($($(#[$meta:meta])* pub $kind:ident $name:ident $body:tt)*) => {$(
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
        #[serde(rename_all = "camelCase")]
        $(#[$meta])*
        pub $kind $name $body
    )*};
}

/// Declares the table of commands: `"name" Request => Response, [windows];`.
macro_rules! commands {
    ($(#[doc = $doc:literal] $name:literal $request:ident => $response:ty, [$($window:ident),+];)*) => {
        $(impl $crate::command::Command for $request {
            const NAME: &'static str = $name;
            type Response = $response;
        })*

        /// A command with its request, decoded by name.
        #[derive(Debug, Clone)]
        pub enum AnyCommand { $(#[doc = $doc] $request($request),)* }

        impl AnyCommand {
            /// Decodes `request` as the request of the command called `name`.
            ///
            /// # Errors
            /// [`Code::UnknownCommand`] where the table has no such name, [`Code::InvalidRequest`] where the request has
            /// another shape.
            pub fn decode(name: &str, request: serde_json::Value) -> Result<Self, Failure> {
                match name {
                    $($name => serde_json::from_value(request).map(AnyCommand::$request)
                        .map_err(|error| Failure::new(Code::InvalidRequest, format!("{name}: {error}"))),)*
                    _ => Err(Failure::new(Code::UnknownCommand, format!("There is no command “{name}”."))),
                }
            }
        }

        /// Every command: its name and the windows that may call it.
        pub const COMMANDS: &[CommandInfo] = &[$(CommandInfo { name: $name, windows: &[$(Window::$window),+] },)*];

        /// Visits the types of every request and response.
        pub(crate) fn visit_types(visitor: &mut impl ts_rs::TypeVisitor) {
            $(visitor.visit::<$request>(); visitor.visit::<$response>();)*
        }

        /// Calls `visit` with name, request type and response type of every command, in TypeScript.
        pub(crate) fn visit_typescript(visit: &mut dyn FnMut(&str, String, String, &str)) {
            let config = ts_rs::Config::default();
            $(visit(
                $name,
                <$request as ts_rs::TS>::name(&config),
                <$response as ts_rs::TS>::name(&config),
                $doc,
            );)*
        }
    };
}
