#include "persistence/log_tables.h"

#include <stdexcept>

#include "persistence/archive_tables.h"
#include "persistence/damage.h"
#include "persistence/page_walk.h"

namespace trunkline::persistence {

using wire::BytesView;
using wire::Lsn;

namespace {

constexpr unsigned kTables = 2;

// The file, when its pages have been found whole; replay() looks at the records.
const std::string& looked_at(const std::string& path) {
  const VisitEntry look_at_meta = [&path](BytesView key, BytesView) {
    if (key != kLogKey) refuse_damaged(path, "the name of what it belongs to");
  };
  walk_pages(path, {{"meta", look_at_meta}, {"records", {}}});
  return path;
}

// Empty: the record is whole.
std::string damage_of(BytesView bytes) {
  const auto view = wire::decode_record(bytes);
  if (!view) return std::string(wire::to_string(view.error()));
  if (view->whole.size() != bytes.size()) return "bytes are left over";
  const auto said = [](const auto& record) {
    return record ? std::string() : std::string(wire::to_string(record.error()));
  };
  switch (view->type) {
    case wire::RecordType::message:
      return said(wire::record_of<wire::MessageRecord>(*view));
    case wire::RecordType::cursor:
      return said(wire::record_of<wire::CursorRecord>(*view));
    case wire::RecordType::copied:
      break;
  }
  return said(wire::record_of<wire::CopiedRecord>(*view));
}

}  // namespace

LogTables::LogTables(const std::string& path, std::size_t map_bytes, wire::LogId log,
                     Opening opening)
    : environment(opening == Opening::make ? path : looked_at(path), map_bytes, kTables) {
  const auto handles = open_databases(environment, {"meta", "records"});
  meta = handles[0];
  records = handles[1];
  claim_for_log(environment, meta, log, opening);
}

LogTables::Range LogTables::range() const {
  const ReadTransaction reading(environment);
  Cursor cursor(reading, records);
  Range range;
  if (!cursor.first()) return range;
  range.first = lsn_of_key(cursor.key());
  cursor.last();
  range.last = lsn_of_key(cursor.key());
  return range;
}

void LogTables::replay(Lsn first, const std::function<void(BytesView)>& take) const {
  const ReadTransaction reading(environment);
  Cursor cursor(reading, records);
  Lsn expected = first;
  for (bool at = cursor.at_or_after(lsn_key(first)); at; at = cursor.next(), ++expected) {
    const Lsn lsn = lsn_of_key(cursor.key());
    const std::string damage = lsn == expected ? damage_of(cursor.value()) : "is missing";
    if (!damage.empty()) {
      throw std::runtime_error(environment.path() + ": record " + std::to_string(expected) +
                               " of the log is damaged (" + damage +
                               "): the disk has lost or changed acknowledged data. Restore the "
                               "directory from a copy; look at the disk");
    }
    take(cursor.value());
  }
}

}  // namespace trunkline::persistence
