//! Settings, buttons and toasts of plugins.

use serde_json::Map;

use super::{Player, Said, StepError};
use crate::failure::chain;

impl Player {
    pub(super) async fn set(
        &mut self,
        plugin: Option<&str>,
        setting: &str,
        value: &str,
    ) -> Result<String, StepError> {
        let plugin = self.plugin_with(plugin, setting).await?;
        let settings = self.stage.host.settings(&plugin).map_err(not_done)?;
        let input = settings
            .input(setting)
            .ok_or_else(|| no_setting(&plugin, setting))?;
        let value = input.value_from_text(value).map_err(not_done)?;
        let values = Map::from_iter([(setting.to_owned(), value)]);
        self.stage
            .host
            .set_settings(&plugin, &values)
            .await
            .map_err(not_done)?;
        Ok(format!("{plugin}: {setting} is set"))
    }

    pub(super) async fn press_setting(
        &mut self,
        plugin: Option<&str>,
        setting: &str,
    ) -> Result<String, StepError> {
        let plugin = self.plugin_with(plugin, setting).await?;
        self.stage
            .host
            .press_button(&plugin, setting)
            .map_err(not_done)?;
        Ok(format!("{plugin}: {setting} is pressed"))
    }

    pub(super) async fn press_toast(&mut self, text: &str) -> Result<String, StepError> {
        self.rest().await;
        let toasts = self.stage.host.toasts();
        let with_button = toasts.iter().rev().find(|toast| {
            toast
                .button
                .as_ref()
                .is_some_and(|button| button.text.contains(text))
        });
        let toast = with_button
            .ok_or_else(|| StepError::Failed(format!("no toast has a button “{text}”")))?;
        self.stage
            .host
            .press_toast_button(toast.id)
            .map_err(not_done)?;
        Ok(format!("{}: the toast is gone", toast.plugin))
    }

    /// On a running till the plugins start again; `run` starts the till again as well, before this player.
    pub(super) fn restart_plugins(&mut self) -> Result<String, StepError> {
        let plugins = self.stage.host.plugins();
        for plugin in &plugins {
            self.stage.host.restart(&plugin.name).map_err(not_done)?;
        }
        Ok(format!("{} plugins start again", plugins.len()))
    }

    /// The plugin that is named, or the only one there is.
    pub(super) fn only_plugin(&self, named: Option<&str>) -> Result<String, StepError> {
        if let Some(name) = named {
            return Ok(name.to_owned());
        }
        let plugins = self.stage.host.plugins();
        match plugins.as_slice() {
            [plugin] => Ok(plugin.name.clone()),
            [] => Err(StepError::Failed("no plugin is there".into())),
            several => {
                let names: Vec<_> = several.iter().map(|plugin| plugin.name.as_str()).collect();
                let names = names.join(", ");
                Err(StepError::Failed(format!("say which plugin: {names}")))
            }
        }
    }

    /// The plugin that is named, or the one whose form has that field. A plugin declares its form after it has started.
    async fn plugin_with(&self, named: Option<&str>, setting: &str) -> Result<String, StepError> {
        self.rest().await;
        if let Some(name) = named {
            return Ok(name.to_owned());
        }
        let host = &self.stage.host;
        let names: Vec<_> = host
            .plugins()
            .into_iter()
            .map(|plugin| plugin.name)
            .filter(|name| {
                host.settings(name)
                    .is_ok_and(|settings| settings.input(setting).is_some())
            })
            .collect();
        match names.as_slice() {
            [name] => Ok(name.clone()),
            [] => Err(no_setting("any plugin", setting)),
            several => Err(StepError::Failed(format!(
                "{} have a setting `{setting}`; write the plugin's name before it",
                several.join(" and ")
            ))),
        }
    }
}

fn no_setting(plugin: &str, setting: &str) -> StepError {
    StepError::Failed(format!("the form of {plugin} has no `{setting}`"))
}

fn not_done(error: impl std::error::Error) -> StepError {
    let said = chain(&error);
    StepError::Refused(Said {
        ko: said.clone(),
        en: said,
    })
}
