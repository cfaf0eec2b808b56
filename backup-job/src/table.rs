//! Tables for people: aligned columns without lines, as `docker ps` prints them.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

/// A table of `rows` below `header`, without a last line break. Columns keep their width, so that a
/// line can be searched.
#[must_use]
pub fn render<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header)
        .add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}
