//! The settings as they are kept: one JSON object, read with patience.

use serde_json::{Map, Value};
use waxwing_contract::{Code, Failure, Settings};

use crate::account::Ask;
use crate::app::{App, locked};
use crate::failure::{fail, of_history};

/// Reads stored settings: what is missing or nonsense is as new, and the rest is kept. Answers the names of what was
/// nonsense.
pub(crate) fn read(stored: Option<&str>) -> (Settings, Vec<String>) {
    let Some(stored) = stored else { return (Settings::default(), Vec::new()) };
    let Ok(Value::Object(stored)) = serde_json::from_str(stored) else {
        return (Settings::default(), vec!["settings".into()]);
    };
    let mut fields = defaults();
    let mut nonsense = Vec::new();
    for (name, value) in stored {
        // What this version does not know may be a newer one's: left alone, not complained about.
        let Some(usual) = fields.get(&name).cloned() else { continue };
        fields.insert(name.clone(), value);
        if serde_json::from_value::<Settings>(Value::Object(fields.clone())).is_err() {
            fields.insert(name.clone(), usual);
            nonsense.push(name);
        }
    }
    let settings = serde_json::from_value(Value::Object(fields)).unwrap_or_default();
    (tidy(settings), nonsense)
}

fn defaults() -> Map<String, Value> {
    match serde_json::to_value(Settings::default()) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// Screens whose zoom is remembered; more is no desk.
const SCREENS: usize = 32;

/// Brings numbers into their ranges.
pub(crate) fn tidy(mut settings: Settings) -> Settings {
    let zoom = |zoom: u16| zoom.clamp(50, 200);
    settings.zoom = zoom(settings.zoom);
    settings.zoom_by_screen.values_mut().for_each(|value| *value = zoom(*value));
    while settings.zoom_by_screen.len() > SCREENS {
        settings.zoom_by_screen.pop_first();
    }
    settings.quiet_hours = settings.quiet_hours.filter(|hours| hours.from < 24 * 60 && hours.to < 24 * 60);
    settings.keep_days = settings.keep_days.filter(|days| *days > 0);
    settings
}

impl App {
    pub(crate) fn settings(&self) -> Settings {
        self.0.shared.settings()
    }

    pub(crate) fn set_settings(&self, settings: Settings) -> Result<(), Failure> {
        let settings = tidy(settings);
        let before = self.settings();
        let json = serde_json::to_string(&settings).map_err(|error| fail(Code::Internal, error.to_string()))?;
        locked(&self.0.shared.app).set_setting("settings", &json).map_err(|error| of_history(&error))?;
        if before.password_file != settings.password_file {
            self.0.shared.secrets.allow_file(settings.password_file);
            if !settings.password_file {
                self.0.shared.secrets.forget_file()?;
            }
        }
        self.0.shared.gear.choose(&settings);
        let keep_days = settings.keep_days;
        *self.0.shared.settings.write().unwrap_or_else(std::sync::PoisonError::into_inner) = settings;
        if before.keep_days != keep_days {
            self.tell_all(|| Ask::Sweep);
        }
        self.0.shared.views.glance();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_contract::{QuietHours, Theme};

    #[test]
    fn nonsense_costs_only_itself() {
        let (settings, nonsense) = read(Some(
            r#"{"theme":"dark","zoom":"huge","quietHours":{"from":9999,"to":0},"keepDays":0,"preview":17,"fromTheFuture":1}"#,
        ));
        assert_eq!(settings.theme, Theme::Dark);
        assert_eq!(settings.zoom, 100);
        assert_eq!((settings.quiet_hours, settings.keep_days), (None, None));
        assert_eq!(nonsense, ["preview", "zoom"]);
        for garbage in ["", "[]", "null", "\u{0}\u{1}", "{\"theme\":"] {
            assert_eq!(read(Some(garbage)), (Settings::default(), vec!["settings".to_owned()]), "{garbage:?}");
        }
        assert_eq!(read(None), (Settings::default(), Vec::new()));
    }

    #[test]
    fn settings_of_the_first_release_are_read() {
        let (settings, nonsense) = read(Some(
            r#"{"theme":"light","zoom":125,"language":"de","density":"compact","enterSends":false,"sendReceipts":true,
                "sendMarkers":true,"sendChatStates":false}"#,
        ));
        assert!(nonsense.is_empty());
        assert_eq!((settings.zoom, settings.enter_sends, settings.notify), (125, false, true));
        let kept = Settings { quiet_hours: Some(QuietHours { from: 1, to: 2 }), ..settings };
        assert_eq!(read(Some(&serde_json::to_string(&kept).unwrap())).0, kept);
    }
}
