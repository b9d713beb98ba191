#include "persistence/archive_repair.h"

#include "persistence/damage.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

std::optional<wire::MessageRecord> message_in(BytesView bytes) {
  const auto view = wire::decode_record(bytes);
  if (!view) return std::nullopt;
  const auto record = wire::record_of<wire::MessageRecord>(*view);
  return record ? std::optional(*record) : std::nullopt;
}

}  // namespace

std::optional<MailboxMeta> rebuilt_mailbox(const ArchiveTables& tables, Cursor& messages,
                                           BytesView owner) {
  report_damage(tables.environment.path(),
                "what is known of the mailbox of " + Bytes(owner) +
                    " (it is told from its messages; the cursors of its devices are lost)");
  const Bytes prefix = owner_key(owner);
  MailboxMeta meta;
  for (bool at = messages.at_or_after(message_key(owner, 0)); at; at = messages.next()) {
    if (without_number(messages.key()) != prefix) break;
    const wire::Mseq mseq = lsn_of_key(messages.key());
    const auto record = message_in(messages.value());
    if (meta.records == 0) {
      meta.first = mseq;
      if (record) meta.trimmed_sums = {record->count_sum, record->bytes_sum};
      if (record) meta.first_time_ms = record->time_ms;
    }
    meta.head = mseq;
    if (record) meta.head_sums = {record->count_sum, record->bytes_sum};
    if (record) meta.head_time_ms = record->time_ms;
    ++meta.records;
    meta.bytes += messages.value().size();
  }
  if (meta.records == 0) return std::nullopt;
  return meta;
}

wire::Lsn rebuilt_source(const ArchiveTables& tables, Cursor& messages, wire::LogId source) {
  report_damage(tables.environment.path(),
                "the position of a copy stream (it is told from the copies)");
  wire::Lsn highest = 0;
  for (bool at = messages.first(); at; at = messages.next()) {
    const auto record = message_in(messages.value());
    if (record && record->source_log == source) highest = std::max(highest, record->source_lsn);
  }
  return highest;
}

}  // namespace trunkline::persistence
