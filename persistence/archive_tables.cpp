#include "persistence/archive_tables.h"

#include <cstdio>
#include <stdexcept>

namespace trunkline::persistence {

namespace {

constexpr unsigned kTables = 8;

}  // namespace

void report_damage(const std::string& path, const std::string& what) {
  std::fprintf(stderr,
               "STORE-DAMAGE %s: %s does not match its checksum and is left out. The disk or its "
               "memory changed it: look at the disk, and restore a copy if there is one.\n",
               path.c_str(), what.c_str());
}

void claim_for_log(Environment& environment, MDB_dbi meta, wire::LogId log, bool is_empty) {
  {
    const ReadTransaction reading(environment);
    wire::BytesView bytes;
    if (reading.find(meta, kLogKey, bytes)) {
      const auto found = unsealed<SealedNumber>(bytes);
      if (found && found->value == log) return;
      throw std::runtime_error(environment.path() +
                               ": belongs to other data than state.mdb beside it; put the files of "
                               "one directory back together");
    }
    if (!is_empty) {
      throw std::runtime_error(environment.path() + ": is not Trunkline's, or is damaged");
    }
  }
  WriteTransaction writing(environment);
  writing.put(meta, kLogKey, sealed(SealedNumber{log}));
  if (!writing.commit()) throw std::runtime_error(environment.path() + ": no room to begin");
}

ArchiveTables::ArchiveTables(const std::string& path, std::size_t map_bytes, wire::LogId log)
    : environment(path, map_bytes, kTables) {
  const auto handles = open_databases(
      environment, {"meta", "messages", "peers", "remembered", "mailboxes", "copies", "positions"});
  static_cast<ArchiveHandles&>(*this) = {handles[0], handles[1], handles[2], handles[3],
                                         handles[4], handles[5], handles[6]};
  claim_for_log(environment, meta, log, applied() == 0);
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
