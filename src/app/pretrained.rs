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
    use crate::domain::config::pretrained::Pretrained;
    use crate::domain::network::Network;

    #[test]
    fn every_preset_has_a_file_of_its_own_kind() {
        for preset in Preset::ALL {
            let path = format!("{}/assets/{}", env!("CARGO_MANIFEST_DIR"), address(preset));
            let document = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
            let Pretrained { config, iteration, theta } = Pretrained::from_json(&document).expect("a good document");
            assert_eq!(Preset::of(&config), Some(preset));
            assert_eq!(iteration, config.outer.iterations);
            assert_eq!(theta.len(), Network::new(&config.model).parameters());
        }
    }

    #[test]
    fn a_custom_run_skips_ahead_to_the_default() {
        let mut config = Preset::Paper.config();
        config.seed = 3;
        assert_eq!(preset_for(&config), Preset::Paper, "another seed is the same run");
        config.inner.steps = 7;
        assert_eq!(preset_for(&config), Preset::Fast);
    }
}
