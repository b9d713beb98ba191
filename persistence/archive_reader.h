// What a store's answers need of an archive: everything that has left the tail. Two kinds ship: the
// LMDB archive, and the memory store's, which knows nothing but what retention has trimmed.
//
// Views given to a visitor live for that call. Records given are whole: a damaged one is reported
// and left out, so a visitor may meet a gap in the numbers.
#pragma once

#include <functional>

#include "persistence/mailbox_meta.h"

namespace trunkline::persistence {

class ArchiveReader {
 public:
  // False: enough.
  using VisitMessage = std::function<bool(wire::Mseq mseq, wire::BytesView record)>;
  using VisitCopy = std::function<bool(wire::Lsn lsn, wire::BytesView record)>;

  virtual ~ArchiveReader() = default;
  // A fresh MailboxMeta where nothing is archived.
  virtual MailboxMeta mailbox(wire::BytesView owner) const = 0;
  // after < mseq < before, rising.
  virtual void messages(wire::BytesView owner, wire::Mseq after, wire::Mseq before,
                        const VisitMessage& visit) const = 0;
  // mseq < before, falling; with `with` not empty only those exchanged with it.
  virtual void history(wire::BytesView owner, wire::BytesView with, wire::Mseq before,
                       const VisitMessage& visit) const = 0;
  // mseq < before, newest first, at most `count`; appended to `out`.
  virtual void remembered(wire::BytesView owner, wire::BytesView sender, wire::BytesView device,
                          wire::Mseq before, std::size_t count,
                          std::vector<wire::Remembered>& out) const = 0;
  // Messages whose copy for `target` is not known to be there; after < lsn < before, rising.
  virtual void copies(wire::RankId target, wire::Lsn after, wire::Lsn before,
                      const VisitCopy& visit) const = 0;
};

}  // namespace trunkline::persistence
