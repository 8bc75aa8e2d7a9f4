//! Errors as they cross the border.

use waxwing_contract::{CertificateFault, CertificateProblem, Code, Failure, Retry};
use waxwing_history as history;
use waxwing_session::certificate::Fault;
use waxwing_session::{Error, IqError, StanzaError};

/// A failure with nothing but its code's meaning.
pub(crate) fn fail(code: Code, message: impl Into<String>) -> Failure {
    Failure::new(code, message)
}

pub(crate) fn of_session(error: &Error) -> Failure {
    let code = match error {
        Error::HostNotFound(_) => Code::HostNotFound,
        Error::EndpointNotFound(_) => Code::EndpointNotFound,
        Error::Proxy { .. } => Code::Proxy,
        Error::NeedsTor(_) => Code::NeedsTor,
        Error::Unreachable { .. } | Error::Broken(_) => Code::Unreachable,
        Error::Timeout(_) => Code::Timeout,
        Error::Certificate(_) => Code::Certificate,
        Error::Tls(_) => Code::TlsFailed,
        Error::NoMechanism(_) | Error::ServerNotAuthentic(_) => Code::NoMechanism,
        Error::BindingLost => Code::BindingLost,
        Error::Sasl { condition, .. } if condition == "temporary-auth-failure" => Code::Refused,
        Error::Sasl { .. } => Code::NotAuthorized,
        Error::Stream { condition, .. } if condition == "conflict" => Code::Conflict,
        Error::Stream { condition, .. } if condition == "host-unknown" => Code::HostNotFound,
        Error::Stream { .. } | Error::Closed => Code::StreamEnded,
        Error::Protocol(_) => Code::Protocol,
        Error::Stanza(error) => return of_stanza(error),
    };
    let mut failure = fail(code, error.to_string());
    match error {
        Error::Sasl { condition, .. } | Error::Stream { condition, .. } => failure.condition = Some(condition.clone()),
        Error::Certificate(certificate) => {
            failure.certificate = Some(Box::new(CertificateProblem {
                fault: match certificate.fault {
                    Fault::Expired => CertificateFault::Expired,
                    Fault::NotYetValid => CertificateFault::NotYetValid,
                    Fault::WrongName => CertificateFault::WrongName,
                    Fault::UnknownIssuer => CertificateFault::UnknownIssuer,
                    Fault::SelfSigned => CertificateFault::SelfSigned,
                    Fault::Revoked => CertificateFault::Revoked,
                    Fault::PinMismatch => CertificateFault::PinMismatch,
                    Fault::Unusable => CertificateFault::Unusable,
                },
                host: certificate.host.clone(),
                fingerprint: certificate.fingerprint.clone(),
                subject: certificate.subject.clone(),
                issuer: certificate.issuer.clone(),
                names: certificate.names.clone(),
                not_before: certificate.not_before.saturating_mul(1000),
                not_after: certificate.not_after.saturating_mul(1000),
            }));
        }
        _ => {}
    }
    failure
}

/// Our server says so of another one (RFC 6120 §8.3.3.16, §8.3.3.17).
pub(crate) fn is_out_of_reach(condition: &str) -> bool {
    matches!(condition, "remote-server-not-found" | "remote-server-timeout")
}

pub(crate) fn of_stanza(error: &StanzaError) -> Failure {
    Failure {
        code: if is_out_of_reach(&error.condition) { Code::TheirServerUnreachable } else { Code::Refused },
        condition: Some(error.condition.clone()),
        retry: match error.kind.as_str() {
            "auth" => Some(Retry::Auth),
            "cancel" => Some(Retry::Cancel),
            "continue" => Some(Retry::Continue),
            "modify" => Some(Retry::Modify),
            "wait" => Some(Retry::Wait),
            _ => None,
        },
        host: None,
        message: error.to_string(),
        certificate: None,
    }
}

pub(crate) fn of_iq(error: &IqError) -> Failure {
    match error {
        IqError::Refused(error) => of_stanza(error),
        IqError::Timeout => fail(Code::Timeout, error.to_string()),
        IqError::Disconnected => fail(Code::Offline, error.to_string()),
    }
}

pub(crate) fn of_history(error: &history::Error) -> Failure {
    let code = match error {
        history::Error::TooNew(_) => Code::DatabaseTooNew,
        history::Error::Damaged(_) => Code::DatabaseDamaged,
        history::Error::Full => Code::DiskFull,
        history::Error::ReadOnly(_) => Code::ReadOnly,
        history::Error::Failed(_) => Code::Storage,
        history::Error::NotFound => Code::NotFound,
    };
    fail(code, error.to_string())
}
