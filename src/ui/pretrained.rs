//! Which pretrained θ ship with the page, and where.

use crate::domain::config::{Config, Preset};

/// The presets for which there is one, at `pretrained/<preset>.json`.
pub const SHIPPED: &[Preset] = &[Preset::Fast];

/// The preset whose θ stands in for that of `config`: its own where one ships.
#[must_use]
pub fn preset_for(config: &Config) -> Preset {
    Preset::of(config).filter(|preset| SHIPPED.contains(preset)).unwrap_or(SHIPPED[0])
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
    fn a_custom_run_skips_ahead_to_the_first_that_ships() {
        let custom = Config { seed: 3, ..Preset::Paper.config() };
        assert_eq!(preset_for(&custom), Preset::Fast);
        assert_eq!(preset_for(&Preset::Fast.config()), Preset::Fast);
    }
}
