//! SASL2 with Bind 2 (XEP-0388, XEP-0386), as a scripted server speaks it: SCRAM-SHA-256 without channel binding.

use anyhow::{Context, Result};

use crate::scram::Scram;
use crate::scripted::{Conversation, PASSWORD, content};
use crate::stanzas::attribute;

const SASL2: &str = "xmlns='urn:xmpp:sasl:2'";

/// A sign-in that has come to its end: only the server's last word is missing.
pub struct Proven {
    /// `<authenticate/>` as the client said it.
    pub request: String,
    /// The server's signature, for `<additional-data/>`.
    pub proof: String,
    /// Who the client says it is.
    pub user: String,
}

/// Inside `<authentication/>`: a stream can be resumed, or bound with stream management.
pub const RESUMABLE: &str = "<inline><sm xmlns='urn:xmpp:sm:3'/><bind xmlns='urn:xmpp:bind:0'><inline><feature \
    var='urn:xmpp:sm:3'/></inline></bind></inline>";
/// Beside a success: bound, and to be resumed as `s1`.
pub const ENABLED: &str =
    "<bound xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true'/></bound>";

impl Conversation {
    /// Signs the client in; `s1` begins, and it has said that it is there.
    pub async fn begin(&mut self) -> Result<()> {
        let proven = self.proven(RESUMABLE).await?;
        self.success(&proven.proof, &proven.user, ENABLED).await?;
        self.serve_until("<presence").await?;
        Ok(())
    }

    /// Signs the client in and resumes `s1`, having handled `h` stanzas; answers the client's own `h`.
    pub async fn resume(&mut self, h: u32) -> Result<u32> {
        let proven = self.proven(RESUMABLE).await?;
        let (_, resume) = proven.request.split_once("<resume").context("nothing is to be resumed")?;
        let theirs = attribute(&format!("<resume{resume}"), "h").context("no h")?.parse()?;
        let resumed = format!("<resumed xmlns='urn:xmpp:sm:3' previd='s1' h='{h}'/>");
        self.success(&proven.proof, &proven.user, &resumed).await?;
        self.handled = h;
        Ok(theirs)
    }

    /// Offers SASL2, with `more` inside `<authentication/>`, up to `<authenticate/>` and the challenge to send for it.
    pub async fn sasl2(&mut self, more: &str) -> Result<(String, Scram)> {
        self.open(&format!("<authentication {SASL2}><mechanism>SCRAM-SHA-256</mechanism>{more}</authentication>"))
            .await?;
        let request = self.expect("<authenticate").await?;
        let (_, initial) = request.split_once("<initial-response").context("no initial response")?;
        let scram = Scram::begin(&content(initial))?;
        Ok((request, scram))
    }

    /// The same, and the exchange up to the client's proof, which has to be right.
    pub async fn proven(&mut self, more: &str) -> Result<Proven> {
        let (request, scram) = self.sasl2(more).await?;
        self.challenge(&scram.challenge()).await?;
        let response = self.expect("<response").await?;
        let proof = scram.finish(&content(&response), PASSWORD)?.context("the client used another password")?;
        Ok(Proven { request, proof, user: scram.user })
    }

    /// What the client begins SCRAM with, in either profile.
    pub async fn scram(&mut self) -> Result<Scram> {
        let request = self.expect("<auth").await?;
        let initial = request.split_once("<initial-response").map_or(request.as_str(), |(_, initial)| initial);
        Scram::begin(&content(initial))
    }

    pub async fn challenge(&mut self, data: &str) -> Result<()> {
        self.write(format!("<challenge {SASL2}>{data}</challenge>")).await
    }

    /// `<success/>` with the signature, if any, and what stands beside it; then features, so that binding can follow.
    pub async fn success(&mut self, proof: &str, user: &str, beside: &str) -> Result<()> {
        self.jid = format!("{user}@{}/scripted", crate::DOMAIN);
        self.handled = 0;
        let data = if proof.is_empty() { String::new() } else { format!("<additional-data>{proof}</additional-data>") };
        let jid = &self.jid;
        self.write(format!(
            "<success {SASL2}>{data}<authorization-identifier>{jid}</authorization-identifier>{beside}</success>\
             <stream:features/>"
        ))
        .await
    }
}
