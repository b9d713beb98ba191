// What is found out again when a value of the archive's bookkeeping has been damaged: it is a fold
// of the records beside it, so one changed bit need not stop a rank. Each says what it did on
// stderr (STORE-DAMAGE).
//
// Threads: whoever has the transaction that the cursor walks in.
#pragma once

#include "persistence/archive_tables.h"

namespace trunkline::persistence {

// A mailbox from its archived messages. Cursors are lost: its devices go by their own. The sums
// before its first message are taken from that message, so the quota may be one message off.
// Nothing: no message is left to tell its numbers from.
std::optional<MailboxMeta> rebuilt_mailbox(const ArchiveTables& tables, Cursor& messages,
                                           wire::BytesView owner);

// The highest position of copies from log `source`, from all archived messages.
wire::Lsn rebuilt_source(const ArchiveTables& tables, Cursor& messages, wire::LogId source);

}  // namespace trunkline::persistence
