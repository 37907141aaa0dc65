//! Which pretrained θ ship with the page, and where.

use crate::domain::config::Config;
use crate::domain::config::preset::Preset;

/// The preset whose θ stands in for that of `config`: its own, or the page's default.
#[must_use]
pub fn preset_for(config: &Config) -> Preset {
    Preset::of(config).unwrap_or(Preset::Fast)
}

/// The address of a preset's file, relative to the page.
#[must_use]
pub fn address(preset: Preset) -> String {
    format!("pretrained/{}.json", preset.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_run_skips_ahead_to_the_default() {
        let mut config = Preset::Paper.config();
        config.seed = 3;
        assert_eq!(preset_for(&config), Preset::Paper, "another seed is the same run");
        config.inner.steps = 7;
        assert_eq!(preset_for(&config), Preset::Fast);
    }
}
