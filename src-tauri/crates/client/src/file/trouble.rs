//! What went wrong with a file, as it crosses the border.

use waxwing_contract::{Code, Failure};
use waxwing_transfer::Error;

pub(crate) fn of_transfer(error: &Error) -> Failure {
    let code = match error {
        Error::Cancelled | Error::Stalled(_) | Error::Cut(_) | Error::TooLittle { .. } => Code::Interrupted,
        Error::Link(_) | Error::NotHttps | Error::Private { .. } | Error::Redirected { .. } => Code::UnsafeLink,
        Error::NameNotFound { .. } => Code::HostNotFound,
        Error::Unreachable { .. } => Code::Unreachable,
        Error::Proxy { .. } => Code::Proxy,
        Error::Certificate { .. } | Error::Tls { .. } => Code::TlsFailed,
        Error::Protocol(_) => Code::Protocol,
        Error::TooLarge(_) => Code::FileTooLarge,
        Error::Gone(_) => Code::FileGone,
        Error::Quota { .. } => Code::ServiceFull,
        Error::Busy { .. } => Code::ServiceBusy,
        Error::SlotExpired(_) | Error::Denied(_) | Error::Status(_) => Code::ServiceRefused,
        Error::TooMuch { .. } | Error::Hash(_) => Code::FileNotAsPromised,
        Error::Forged => Code::FileForged,
        Error::Changed => Code::FileChanged,
        Error::NoFile => Code::NotAFile,
        Error::DiskFull { .. } => Code::DiskFull,
        Error::OverQuota { .. } => Code::OverQuota,
        Error::NotPermitted(_) | Error::Disk { .. } => Code::Storage,
        Error::Folder(_) => Code::FolderTooLarge,
        Error::Picture(_) | Error::Giant { .. } => Code::UnreadablePhoto,
        Error::Socks(_) | Error::NoCandidate => Code::NoWay,
    };
    let condition = match error {
        Error::TooLarge(limit) => limit.map(|limit| limit.to_string()),
        Error::SlotExpired(status) | Error::Denied(status) | Error::Status(status) | Error::Gone(status) => {
            Some(status.to_string())
        }
        _ => None,
    };
    Failure { condition, ..Failure::new(code, error.to_string()) }
}
