// Loads answered out of an archive and the tail behind it. Where both hold a record (the archive
// has taken it, the tail has not dropped it yet) the tail's counts.
//
// Threads: the store's owner alone.
#pragma once

#include "persistence/archive_reader.h"
#include "persistence/tail.h"

namespace trunkline::persistence {

class Reading {
 public:
  Reading(const Tail& tail, const ArchiveReader& archive) : tail_(tail), archive_(archive) {}

  // All but the account, which stands elsewhere.
  wire::MailboxLoaded mailbox(const wire::LoadMailbox& load) const;
  wire::MessagesLoaded messages(const wire::LoadMessages& load) const;
  wire::HistoryLoaded history(const wire::LoadHistory& load) const;
  wire::RememberedLoaded remembered(const wire::LoadRemembered& load) const;
  wire::CopiesLoaded copies(const wire::LoadCopies& load) const;

 private:
  Sums sums_at(const wire::Bytes& owner, const MailboxMeta& meta, wire::Mseq mseq) const;

  const Tail& tail_;
  const ArchiveReader& archive_;
};

}  // namespace trunkline::persistence
