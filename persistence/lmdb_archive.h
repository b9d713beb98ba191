// The archive as the store's owner reads it. Each call is one short snapshot.
//
// Threads: the owner alone; the archiver may write meanwhile.
#pragma once

#include <map>

#include "persistence/archive_reader.h"
#include "persistence/archive_tables.h"

namespace trunkline::persistence {

class LmdbArchive final : public ArchiveReader {
 public:
  explicit LmdbArchive(const ArchiveTables& tables) : tables_(tables) {}

  MailboxMeta mailbox(wire::BytesView owner) const override;
  void messages(wire::BytesView owner, wire::Mseq after, wire::Mseq before,
                const VisitMessage& visit) const override;
  void history(wire::BytesView owner, wire::BytesView with, wire::Mseq before,
               const VisitMessage& visit) const override;
  void remembered(wire::BytesView owner, wire::BytesView sender, wire::BytesView device,
                  wire::Mseq before, std::size_t count,
                  std::vector<wire::Remembered>& out) const override;
  void copies(wire::RankId target, wire::Lsn after, wire::Lsn before,
              const VisitCopy& visit) const override;

  // Where streams stand, as far as archived.
  std::map<wire::RankId, wire::Lsn> copied() const;
  std::map<wire::LogId, wire::Lsn> sources() const;

 private:
  bool is_whole(wire::BytesView record, wire::BytesView owner, wire::Mseq mseq) const;

  const ArchiveTables& tables_;
};

}  // namespace trunkline::persistence
