#include "persistence/archive_tables.h"

#include <stdexcept>

#include "persistence/archive_check.h"

namespace trunkline::persistence {

namespace {

constexpr unsigned kTables = 8;

// The file, when it has been found whole.
const std::string& looked_at(const std::string& path) {
  check_archive(path);
  return path;
}

}  // namespace

void claim_for_log(Environment& environment, MDB_dbi meta, wire::LogId log, Opening opening) {
  if (opening == Opening::make) {
    WriteTransaction writing(environment);
    writing.put(meta, kLogKey, sealed(SealedNumber{log}));
    if (!writing.commit()) throw std::runtime_error(environment.path() + ": its map is too small");
    return;
  }
  const ReadTransaction reading(environment);
  wire::BytesView bytes;
  const auto found = reading.find(meta, kLogKey, bytes) ? unsealed<SealedNumber>(bytes)
                                                        : std::optional<SealedNumber>();
  if (found && found->value == log) return;
  throw std::runtime_error(environment.path() +
                           ": does not belong to state.mdb beside it; put the files of one "
                           "directory back together");
}

ArchiveTables::ArchiveTables(const std::string& path, std::size_t map_bytes, wire::LogId log,
                             Opening opening)
    : environment(opening == Opening::make ? path : looked_at(path), map_bytes, kTables) {
  const auto handles = open_databases(
      environment, {"meta", "messages", "peers", "remembered", "mailboxes", "copies", "positions"});
  static_cast<ArchiveHandles&>(*this) = {handles[0], handles[1], handles[2], handles[3],
                                         handles[4], handles[5], handles[6]};
  claim_for_log(environment, meta, log, opening);
}

wire::Lsn ArchiveTables::applied() const {
  const ReadTransaction reading(environment);
  wire::BytesView bytes;
  if (!reading.find(meta, kAppliedKey, bytes)) return 0;
  const auto applied = unsealed<SealedNumber>(bytes);
  if (!applied) throw std::runtime_error(environment.path() + ": its position is damaged");
  return applied->value;
}

}  // namespace trunkline::persistence
