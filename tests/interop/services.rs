//! What servers are, have and ask, answered as a person would: discovery (XEP-0030), commands (XEP-0050, 0133), a
//! directory (XEP-0055).

use harness::{At, Ejabberd, Headless, Prosody, Result, ensure};
use waxwing_contract::{
    Answer, CheckForm, CommandAction, CommandState, CommandStep, FieldKind, FieldTrouble, Form, HandIn,
    HandInRegistration, ListCommands, ListServiceItems, LookAtService, OpenRegistration, OpenSearch, RunCommand,
    Search, ServiceId, ServiceKind, ServiceOffer,
};

fn place(me: &Headless, address: &str) -> ServiceId {
    ServiceId { account: me.account.clone(), address: address.to_owned(), node: None }
}

/// The answer to the field of that name.
fn says(form: &Form, var: &str, values: &[&str]) -> Result<Answer> {
    let field = form.fields.iter().find(|field| field.var.as_deref() == Some(var));
    let field = field.ok_or_else(|| missing(form, var))?.id;
    Ok(Answer { field, values: values.iter().map(|value| (*value).to_owned()).collect() })
}

fn missing(form: &Form, var: &str) -> anyhow::Error {
    anyhow::anyhow!("no field {var} in {form:?}")
}

fn only(step: &CommandStep) -> Result<&Form> {
    step.forms.first().ok_or_else(|| anyhow::anyhow!("no form in {step:?}"))
}

async fn run(me: &Headless, node: &str, step: Option<&CommandStep>, answers: Vec<Answer>) -> Result<CommandStep> {
    let run = RunCommand {
        account: me.account.clone(),
        address: String::new(),
        node: node.to_owned(),
        session: step.and_then(|step| step.session.clone()),
        action: step.map(|step| step.usual.unwrap_or(CommandAction::Complete)),
        form: step.and_then(|step| step.forms.first()).map(|form| form.id.clone()),
        answers,
    };
    Ok(me.call(run).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_says_what_it_is_and_what_is_there() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
    let me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
    let own = me.call(LookAtService(place(&me, ""))).await?;
    ensure!(own.kind == ServiceKind::Server && own.offers.contains(&ServiceOffer::Browse), "{own:?}");
    ensure!(!own.offers.contains(&ServiceOffer::Register), "the password can be changed behind our back: {own:?}");
    ensure!(own.contacts.iter().any(|contact| contact.role == "abuse"), "{:?}", own.contacts);
    let list = ListServiceItems { account: me.account.clone(), address: String::new(), node: None, after: None };
    let items = me.call(list).await?;
    let rooms = items.items.iter().find(|item| item.address.starts_with("conference."));
    let rooms = rooms.ok_or_else(|| anyhow::anyhow!("no rooms in {items:?}"))?;
    let looked = me.call(LookAtService(place(&me, &rooms.address))).await?;
    ensure!(looked.kind == ServiceKind::Rooms, "{looked:?}");
    let nowhere = me.call(LookAtService(place(&me, "nowhere.example.test"))).await;
    ensure!(nowhere.as_ref().is_err_and(|failure| failure.condition.is_some()), "{nowhere:?}");
    me.app.close().await;
    Ok(())
}

const ADD_USER: &str = "http://jabber.org/protocol/admin#add-user";

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_adds_somebody() -> Result<()> {
    let server = Prosody::builder().account("admin", "pw-admin").start().await?;
    let me = Headless::sign_in(&At::prosody(&server, "admin")?).await?;
    let commands = me.call(ListCommands(place(&me, ""))).await?.commands;
    ensure!(commands.iter().any(|command| command.node.as_deref() == Some(ADD_USER)), "{commands:?}");
    let step = run(&me, ADD_USER, None, vec![]).await?;
    ensure!(step.state == CommandState::Executing && step.session.is_some(), "{step:?}");
    let form = only(&step)?;
    let wrong = vec![says(form, "accountjid", &["not an@address@"])?];
    let checked = me.call(CheckForm { form: form.id.clone(), answers: wrong.clone() }).await?;
    ensure!(checked.faults.iter().any(|fault| fault.trouble == FieldTrouble::NotAnAddress), "{checked:?}");
    let refused = run(&me, ADD_USER, Some(&step), wrong).await?;
    ensure!(!refused.faults.is_empty() && refused.session == step.session, "{refused:?}");
    let jid = server.jid("tybalt");
    let answers = vec![
        says(form, "accountjid", &[&jid])?,
        says(form, "password", &["pw-tybalt"])?,
        says(form, "password-verify", &["pw-tybalt"])?,
    ];
    let done = run(&me, ADD_USER, Some(&step), answers).await?;
    ensure!(done.state == CommandState::Completed && done.failure.is_none() && !done.notes.is_empty(), "{done:?}");
    let tybalt = Headless::sign_in(&At::prosody(&server, "tybalt")?).await?;
    tybalt.app.close().await;
    let gone = run(&me, ADD_USER, Some(&step), vec![]).await;
    ensure!(gone.is_err(), "a form that was handed in is open: {gone:?}");
    me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_in_a_directory() -> Result<()> {
    let server = Ejabberd::shared().await?;
    server.register("searcher", "pw-searcher").await?;
    let me = Headless::sign_in(&At::ejabberd(server, "searcher")?).await?;
    let directory = format!("vjud.{}", server.jid("x").split_once('@').map_or("", |(_, host)| host));
    let asked = me.call(OpenSearch(place(&me, &directory))).await?;
    let form = asked.form.ok_or_else(|| anyhow::anyhow!("no form"))?;
    let search =
        |answers| HandIn { account: me.account.clone(), address: directory.clone(), form: form.id.clone(), answers };
    let found = me.call(Search(search(vec![says(&form, "user", &["*"])?]))).await?;
    let table = found.form.as_ref().and_then(|form| form.table.as_ref());
    let table = table.ok_or_else(|| anyhow::anyhow!("no table in {found:?}"))?;
    ensure!(table.columns.iter().any(|column| column.var == "jid"), "{table:?}");
    me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_registered_is_told_and_an_empty_password_is_not_taken() -> Result<()> {
    let server = Ejabberd::shared().await?;
    server.register("registrant", "pw-registrant").await?;
    let me = Headless::sign_in(&At::ejabberd(server, "registrant")?).await?;
    let asked = me.call(OpenRegistration(place(&me, ""))).await?;
    ensure!(asked.registered, "one who is signed in is registered: {asked:?}");
    let form = asked.form.ok_or_else(|| anyhow::anyhow!("no form"))?;
    let field = |var: &str| form.fields.iter().find(|field| field.var.as_deref() == Some(var));
    ensure!(field("username").is_some_and(|field| field.values == ["registrant"]), "{form:?}");
    ensure!(field("password").is_some_and(|field| field.kind == FieldKind::TextPrivate), "{form:?}");
    let empty = HandIn { account: me.account.clone(), address: String::new(), form: form.id.clone(), answers: vec![] };
    let handed = me.call(HandInRegistration(empty)).await?;
    ensure!(handed.failure.as_ref().is_some_and(|failure| failure.condition.is_some()), "{handed:?}");
    me.app.close().await;
    Ok(())
}
