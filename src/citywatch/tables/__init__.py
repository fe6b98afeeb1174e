"""Tables: one declaration per table; strict reading, checking and writing of CSV."""

from citywatch.tables.declare import Column, Kind, Table
from citywatch.tables.package import Package, load_package, write_descriptor
from citywatch.tables.read import ParsedTable, parse_table, read_table
from citywatch.tables.values import PartialDate, join_list, split_list, split_series
from citywatch.tables.write import round_floats, table_bytes, write_table

__all__ = [
    "Column",
    "Kind",
    "Package",
    "ParsedTable",
    "PartialDate",
    "Table",
    "join_list",
    "load_package",
    "parse_table",
    "read_table",
    "round_floats",
    "split_list",
    "split_series",
    "table_bytes",
    "write_descriptor",
    "write_table",
]
