//! Results of several items (XEP-0004 §3.4): what is reported, and the items, in whatever order they were written.

use std::collections::{BTreeMap, HashMap};

use waxwing_xml::{Element, Reading as _};

use crate::bound::{Budget, Cut, TEXT};
use crate::field::FieldType;
use crate::ns;
use crate::validation::Validation;

/// Columns and rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The reported ones, then those that only items have.
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

/// What the cells of a column are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub var: String,
    pub label: Option<String>,
    /// Says how to show its values.
    pub field_type: FieldType,
    pub validation: Option<Validation>,
    /// Whether `<reported/>` has it.
    pub reported: bool,
}

impl Column {
    /// What it is shown as: its label, else its name.
    pub fn name(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.var)
    }
}

/// `<item/>`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    cells: BTreeMap<usize, Vec<String>>,
    /// It has values that are not taken.
    pub cut: bool,
}

impl Row {
    /// One of these cells, for columns in their order.
    pub fn of(cells: impl IntoIterator<Item = Vec<String>>) -> Self {
        Self { cells: cells.into_iter().enumerate().collect(), cut: false }
    }

    /// The values in a column, by its index in [`Table::columns`]; none where the item has none.
    pub fn cell(&self, column: usize) -> &[String] {
        self.cells.get(&column).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Table {
    /// The values of a row in the column that is called so.
    pub fn cell<'a>(&self, row: &'a Row, var: &str) -> &'a [String] {
        let column = self.columns.iter().position(|column| column.var == var);
        column.map(|column| row.cell(column)).unwrap_or_default()
    }

    /// `None` where nothing is reported and there are no items.
    pub(crate) fn read(form: &Element, budget: &mut Budget) -> Option<Self> {
        let called = |name: &'static str| form.children().filter(move |child| child.is(name, ns::DATA));
        let mut reading = Reader { table: Self::default(), places: HashMap::new() };
        for field in called("reported").flat_map(Element::children).filter(|child| child.is("field", ns::DATA)) {
            reading.column(field, true, budget);
        }
        for item in called("item") {
            if !budget.take(Cut::Rows) {
                break;
            }
            let row = reading.row(item, budget);
            reading.table.rows.push(row);
        }
        (called("reported").next().is_some() || !reading.table.rows.is_empty()).then_some(reading.table)
    }
}

struct Reader {
    table: Table,
    /// Name → index in the columns.
    places: HashMap<String, usize>,
}

impl Reader {
    /// The column a field belongs to, new where there was none.
    fn column(&mut self, field: &Element, reported: bool, budget: &mut Budget) -> Option<usize> {
        let var = field.get("var").unwrap_or_default();
        if let Some(place) = self.places.get(var) {
            return Some(*place);
        }
        if !budget.take(Cut::Columns) {
            return None;
        }
        let var = budget.whole(var, TEXT, Cut::Columns)?;
        let field_type = FieldType::read(field.get("type"));
        let validate = field.get_child("validate", ns::VALIDATE);
        let column = Column {
            var: var.clone(),
            label: field.get("label").and_then(|label| budget.label(label)),
            field_type,
            validation: validate.map(|element| Validation::read(element, field_type, budget)),
            reported,
        };
        let place = self.table.columns.len();
        self.places.insert(var, place);
        self.table.columns.push(column);
        Some(place)
    }

    fn row(&mut self, item: &Element, budget: &mut Budget) -> Row {
        let mut row = Row::default();
        for field in item.children().filter(|child| child.is("field", ns::DATA)) {
            let Some(column) = self.column(field, false, budget) else {
                row.cut = true;
                continue;
            };
            for value in field.children().filter(|child| child.is("value", ns::DATA)) {
                match budget.value(&value.text()) {
                    Some(value) => row.cells.entry(column).or_default().push(value),
                    None => row.cut = true,
                }
            }
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::COLUMNS;

    fn read(inner: &str) -> (Option<Table>, Budget) {
        let mut budget = Budget::new();
        let xml = format!("<x xmlns='jabber:x:data' type='result'>{inner}</x>");
        (Table::read(&xml.parse().unwrap(), &mut budget), budget)
    }

    fn table(inner: &str) -> Table {
        read(inner).0.unwrap()
    }

    const NAMES: &str = "<reported><field var='jid' type='jid-single' label='Address'/><field var='nick'/></reported>";
    const ROMEO: &str = "<item><field var='nick'><value>Romeo</value></field><field var='jid'><value>r@a.example</value></field></item>";

    #[test]
    fn cells_are_found_by_name_whatever_their_order() {
        let table = table(&format!("{NAMES}{ROMEO}"));
        assert_eq!(table.columns.iter().map(Column::name).collect::<Vec<_>>(), ["Address", "nick"]);
        assert_eq!(table.columns[0].field_type, FieldType::JidSingle);
        assert_eq!(
            (table.rows[0].cell(0), table.cell(&table.rows[0], "nick")),
            (["r@a.example".to_owned()].as_slice(), ["Romeo".to_owned()].as_slice())
        );
        assert!(table.cell(&table.rows[0], "other").is_empty() && table.rows[0].cell(7).is_empty());
    }

    #[test]
    fn what_is_reported_may_stand_behind_the_items_or_in_several() {
        assert_eq!(table(&format!("{ROMEO}{NAMES}")), table(&format!("{NAMES}{ROMEO}")));
        let split = "<reported><field var='jid' type='jid-single' label='Address'/></reported>";
        assert_eq!(
            table(&format!("{split}{ROMEO}<reported><field var='nick'/><field var='jid'/></reported>")),
            table(&format!("{NAMES}{ROMEO}"))
        );
    }

    #[test]
    fn fields_that_are_not_reported_are_further_columns() {
        let table = table(&format!("{NAMES}<item><field var='age' label='Age'><value>16</value></field></item>"));
        let columns: Vec<_> = table.columns.iter().map(|column| (column.name(), column.reported)).collect();
        assert_eq!(columns, [("Address", true), ("nick", true), ("Age", false)]);
        assert_eq!(table.rows[0].cell(2), ["16"]);
    }

    #[test]
    fn an_empty_result_is_a_table_without_rows() {
        assert_eq!(table(NAMES).rows.len(), 0);
        assert_eq!(read("<field var='a'/>").0, None);
        assert!(table("<item/>").columns.is_empty());
        assert!(table("<reported/>").columns.is_empty());
    }

    #[test]
    fn a_cell_may_have_several_values() {
        let table = table(
            "<item><field var='a'><value>1</value><value>2</value></field><field var='a'><value>3</value></field></item>",
        );
        assert_eq!(table.rows[0].cell(0), ["1", "2", "3"]);
    }

    #[test]
    fn wide_tables_are_cut_and_that_is_said() {
        let fields: String =
            (0..COLUMNS + 5).map(|n| format!("<field var='c{n}'><value>{n}</value></field>")).collect();
        let (wide, budget) =
            read(&format!("<item>{fields}</item><item><field var='c1'><value>x</value></field></item>"));
        let wide = wide.unwrap();
        assert_eq!((wide.columns.len(), wide.rows[0].cut, wide.rows[1].cut), (COLUMNS, true, false));
        assert_eq!(budget.cut, [Cut::Columns].into());
    }
}
