#include "persistence/lmdb_archive.h"

#include "persistence/archive_repair.h"
#include "persistence/damage.h"
#include "persistence/tail.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;
using wire::Lsn;
using wire::Mseq;

MailboxMeta LmdbArchive::mailbox(BytesView owner) const {
  const std::lock_guard lock(tables_.map_mutex);
  const ReadTransaction reading(tables_.environment);
  BytesView bytes;
  if (!reading.find(tables_.mailboxes, owner_key(owner), bytes)) return {};
  auto meta = unsealed_meta(bytes);
  if (!meta) {
    Cursor messages(reading, tables_.messages);
    meta = rebuilt_mailbox(tables_, messages, owner);
  }
  // Without its head numbers would be given twice.
  if (!meta) stop_serving("reading the archive", ("mailbox " + Bytes(owner) + " is gone").c_str());
  return *meta;
}

// A record that is whole and stands where it belongs: bits of a key may have changed too.
bool LmdbArchive::is_whole(BytesView record, BytesView owner, Mseq mseq) const {
  const auto view = wire::decode_record(record);
  if (view && view->type == wire::RecordType::message) {
    const auto message = wire::record_of<wire::MessageRecord>(*view);
    if (message && message->owner == owner && message->mseq == mseq) return true;
  }
  report_damage(tables_.environment.path(),
                "message " + std::to_string(mseq) + " of " + Bytes(owner));
  return false;
}

void LmdbArchive::messages(BytesView owner, Mseq after, Mseq before,
                           const VisitMessage& visit) const {
  const std::lock_guard lock(tables_.map_mutex);
  const ReadTransaction reading(tables_.environment);
  Cursor cursor(reading, tables_.messages);
  const Bytes prefix = owner_key(owner);
  for (bool at = cursor.at_or_after(message_key(owner, after + 1)); at; at = cursor.next()) {
    if (without_number(cursor.key()) != prefix) return;
    const Mseq mseq = lsn_of_key(cursor.key());
    if (mseq >= before) return;
    if (is_whole(cursor.value(), owner, mseq) && !visit(mseq, cursor.value())) return;
  }
}

void LmdbArchive::history(BytesView owner, BytesView with, Mseq before,
                          const VisitMessage& visit) const {
  const std::lock_guard lock(tables_.map_mutex);
  const ReadTransaction reading(tables_.environment);
  const bool all = with.empty();
  Cursor cursor(reading, all ? tables_.messages : tables_.peers);
  const Bytes end = all ? message_key(owner, before) : peer_key(owner, with, before);
  for (bool at = cursor.before(end); at; at = cursor.previous()) {
    if (without_number(cursor.key()) != without_number(end)) return;
    const Mseq mseq = lsn_of_key(cursor.key());
    BytesView record = cursor.value();
    if (!all && !reading.find(tables_.messages, message_key(owner, mseq), record)) continue;
    if (!is_whole(record, owner, mseq)) continue;
    if (!all &&
        peer_of(*wire::record_of<wire::MessageRecord>(*wire::decode_record(record))) != with) {
      report_damage(tables_.environment.path(), "a row of conversations of " + Bytes(owner));
    } else if (!visit(mseq, record)) {
      return;
    }
  }
}

void LmdbArchive::remembered(BytesView owner, BytesView sender, BytesView device, Mseq before,
                             std::size_t count, std::vector<wire::Remembered>& out) const {
  const std::lock_guard lock(tables_.map_mutex);
  const ReadTransaction reading(tables_.environment);
  Cursor cursor(reading, tables_.remembered);
  const Bytes end = remembered_key(owner, sender, device, before);
  for (bool at = count > 0 && cursor.before(end); at && count > 0; at = cursor.previous()) {
    if (without_number(cursor.key()) != without_number(end)) return;
    const Mseq mseq = lsn_of_key(cursor.key());
    const auto value = unsealed<RememberedValue>(cursor.value());
    if (!value) {
      report_damage(tables_.environment.path(), "a remembered id of " + Bytes(owner));
      continue;
    }
    out.push_back({value->print, value->sepoch, mseq});
    --count;
  }
}

void LmdbArchive::copies(wire::RankId target, Lsn after, Lsn before, const VisitCopy& visit) const {
  const std::lock_guard lock(tables_.map_mutex);
  const ReadTransaction reading(tables_.environment);
  Cursor cursor(reading, tables_.copies);
  for (bool at = cursor.at_or_after(copy_key(target, after + 1)); at; at = cursor.next()) {
    if (target_of_copy_key(cursor.key()) != target) return;
    const Lsn lsn = lsn_of_key(cursor.key());
    if (lsn >= before) return;
    if (!wire::decode_record(cursor.value())) {
      report_damage(tables_.environment.path(), "the copy of log record " + std::to_string(lsn));
    } else if (!visit(lsn, cursor.value())) {
      return;
    }
  }
}

std::map<wire::RankId, Lsn> LmdbArchive::copied() const {
  std::map<wire::RankId, Lsn> copied;
  const ReadTransaction reading(tables_.environment);
  Cursor cursor(reading, tables_.positions);
  for (bool at = cursor.at_or_after(BytesView(&kCopiedKind, 1)); at; at = cursor.next()) {
    if (cursor.key().front() != kCopiedKind) break;
    const auto target = static_cast<wire::RankId>(id_of_position_key(cursor.key()));
    if (const auto position = unsealed<SealedNumber>(cursor.value())) {
      copied[target] = position->value;
    } else {
      // Sent again from the first one pending; the target knows what it has.
      report_damage(tables_.environment.path(), "the position of copies at another rank");
    }
  }
  return copied;
}

std::map<wire::LogId, Lsn> LmdbArchive::sources() const {
  std::map<wire::LogId, Lsn> sources;
  const ReadTransaction reading(tables_.environment);
  Cursor cursor(reading, tables_.positions);
  for (bool at = cursor.at_or_after(BytesView(&kSourceKind, 1)); at; at = cursor.next()) {
    if (cursor.key().front() != kSourceKind) break;
    const wire::LogId source = id_of_position_key(cursor.key());
    if (const auto position = unsealed<SealedNumber>(cursor.value())) {
      sources[source] = position->value;
    } else {
      Cursor messages(reading, tables_.messages);
      sources[source] = rebuilt_source(tables_, messages, source);
    }
  }
  return sources;
}

}  // namespace trunkline::persistence
