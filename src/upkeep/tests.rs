//! Copies of a catalogue, compared table by table, on both databases.
