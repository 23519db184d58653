//! Counts and their nouns, the same through every door.

/// A count with thousands apart and its noun, in the singular where it is one.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", indicatif::HumanCount(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_said_in_the_singular_and_every_other_count_is_not() {
        let said = [0, 1, 2, 21, 1_000].map(|number| counted(number, "row was", "rows were"));
        assert_eq!(
            said,
            ["0 rows were", "1 row was", "2 rows were", "21 rows were", "1,000 rows were"]
        );
    }
}
