//! The numbers of a chart as a table: one row of headers, and every row as long as that.
//!
//! What is measured at the same places stands side by side. What is measured elsewhere, such as shots between the grid
//! points of a curve, follows in rows of its own, with a column of its own: so spreadsheets draw each column without gaps,
//! and programs read the table as it is. A cell is empty where nothing was measured.

/// The cells of a row, from the left; cells that are left out are empty.
pub type Row = Vec<Option<f64>>;

/// The data of a chart, in full precision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    headers: Vec<String>,
    rows: Vec<Row>,
    keys: usize,
}

impl Table {
    /// A table without rows, whose first columns tell the place of each row: x, or a gradient step.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let headers: Vec<String> = keys.into_iter().map(Into::into).collect();
        Self { keys: headers.len(), headers, rows: vec![] }
    }

    /// Adds columns, and rows that have values in them: each has the cells of its place first, then those of the new columns.
    pub fn add(
        &mut self,
        headers: impl IntoIterator<Item = impl Into<String>>,
        rows: impl IntoIterator<Item = Row>,
    ) -> &mut Self {
        let before = self.headers.len();
        self.headers.extend(headers.into_iter().map(Into::into));
        let (keys, width) = (self.keys, self.headers.len());
        self.rows.extend(rows.into_iter().map(|row| {
            let mut whole = vec![None; width];
            let (place, values) = row.split_at(keys.min(row.len()));
            whole[..place.len()].copy_from_slice(place);
            whole[before..].iter_mut().zip(values).for_each(|(cell, value)| *cell = *value);
            whole
        }));
        self.rows.iter_mut().for_each(|row| row.resize(width, None));
        self
    }

    /// What each column is, all different.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The rows, each with one cell a column. A value that is not finite has diverged.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The cells of a column that are not empty, by its header.
    #[must_use]
    pub fn column(&self, header: &str) -> Option<Vec<f64>> {
        let column = self.headers.iter().position(|own| own == header)?;
        Some(self.rows.iter().filter_map(|row| row[column]).collect())
    }
}

/// A row without empty cells.
pub(super) fn row(cells: impl IntoIterator<Item = impl Into<f64>>) -> Row {
    cells.into_iter().map(|cell| Some(cell.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_elsewhere_has_rows_and_columns_of_its_own() {
        let mut table = Table::new(["x"]);
        table.add(["truth", "θ"], [row([0.0, 1.0, 2.0]), row([1.0, 3.0, 4.0])]);
        table.add(["shots"], [row([0.5, 9.0])]).add(["steps"], [vec![None, Some(32.0)]]);
        assert_eq!(table.headers(), ["x", "truth", "θ", "shots", "steps"]);
        let rows = [
            vec![Some(0.0), Some(1.0), Some(2.0), None, None],
            vec![Some(1.0), Some(3.0), Some(4.0), None, None],
            vec![Some(0.5), None, None, Some(9.0), None],
            vec![None, None, None, None, Some(32.0)],
        ];
        assert_eq!(table.rows(), rows);
        assert_eq!(table.column("θ"), Some(vec![2.0, 4.0]));
        assert_eq!(table.column("x"), Some(vec![0.0, 1.0, 0.5]));
        assert_eq!(table.column("y"), None);
    }
}
