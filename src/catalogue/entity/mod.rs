//! The rows of the catalogue, one file for each table.
//!
//! Ids are bare UUIDs here and become typed ones (`retaind_schedules::ids`) where
//! the rest of the program receives them. Rules between columns stand in the
//! tables themselves, as CHECKs.

pub mod anonymisation;
pub mod answer;
pub mod approval;
pub mod asset;
pub mod audit_entry;
pub mod audit_head;
pub mod audit_words;
pub mod authority_signature;
pub mod batch;
pub mod batch_line;
pub mod certificate;
pub mod change_request;
pub mod change_signature;
pub mod disposal_gate;
pub mod erasure_signature;
pub mod event;
pub mod executor;
pub mod failing_address;
pub mod forecast;
pub mod held_notice;
pub mod hold;
pub mod hold_pack;
pub mod hold_request;
pub mod hold_scope;
pub mod import;
pub mod import_finding;
pub mod import_line;
pub mod intent;
pub mod item;
pub mod item_decision;
pub mod job;
pub mod job_run;
pub mod link_use;
pub mod mail;
pub mod mail_reply;
pub mod mail_route;
pub mod mapping;
pub mod notice;
pub mod notice_attachment;
pub mod owner_statement;
pub mod person;
pub mod record_type;
pub mod rights_item;
pub mod rights_recipient;
pub mod rights_request;
pub mod rights_step;
pub mod scan;
pub mod scan_count;
pub mod schedule_line;
pub mod schedule_version;
pub mod service_area;
pub mod setting;
pub mod signing_key;
pub mod standing_authority;
pub mod store;
pub mod stub;
pub mod transfer;
pub mod transfer_checksum;
pub mod unmapped;
