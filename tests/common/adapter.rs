//! The GPU that tests ask for: it must be there, unless `REPTILE_LAB_SKIP_GPU=1` says that it need not.

use reptile_lab::backend::BackendError;

/// The variable that has tests of the GPU skipped where there is none.
const SKIP: &str = "REPTILE_LAB_SKIP_GPU";

/// What was opened on the GPU; none where there is no adapter and the test is to be skipped, which is printed.
///
/// # Panics
/// When there is no adapter and nobody said that the test may be skipped, or when the GPU fails.
pub fn opened<T>(result: Result<T, BackendError>) -> Option<T> {
    unless_skipped(result, std::env::var(SKIP).is_ok_and(|value| value == "1"))
}

fn unless_skipped<T>(result: Result<T, BackendError>, skips: bool) -> Option<T> {
    match result {
        Ok(opened) => Some(opened),
        Err(BackendError::NoAdapter { detail }) if skips => {
            eprintln!("SKIPPED: there is no GPU adapter ({detail})");
            None
        }
        Err(error @ BackendError::NoAdapter { .. }) => panic!("{error} ({SKIP}=1 skips the tests of the GPU)"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn without_an_adapter_a_test_is_skipped_only_when_told_so() {
    let none = || Err::<(), _>(BackendError::NoAdapter { detail: String::from("of this test") });
    assert_eq!(unless_skipped(none(), true), None);
    let error = std::panic::catch_unwind(|| unless_skipped(none(), false)).expect_err("a failure");
    assert!(error.downcast_ref::<String>().expect("a message").contains("REPTILE_LAB_SKIP_GPU=1"));
    assert_eq!(unless_skipped(Ok(3), false), Some(3));
}

#[test]
#[should_panic(expected = "of this test")]
fn a_gpu_that_fails_is_never_skipped() {
    unless_skipped(Err::<(), _>(BackendError::Lost { detail: String::from("of this test") }), true);
}
