#include "persistence/restore_rank.h"

#include <stdexcept>

#include "persistence/directories.h"
#include "persistence/log_tables.h"
#include "persistence/tail.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

// Address space at first; it is doubled as data comes.
constexpr std::size_t kMapBytes = std::size_t{64} << 20;
constexpr std::size_t kMapBytesMax = std::size_t{4} << 40;
constexpr std::size_t kRoomChunkBytes = std::size_t{16} << 20;
constexpr std::size_t kBatchRows = 4'096;
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;
// What such a batch may add at most: pages copied for every row at worst, and its bytes twice.
constexpr std::size_t kPageBytes = 4'096;
std::size_t room_for_batch(const Environment& environment) {
  return std::min(2 * kBatchRows * kPageBytes, environment.used_bytes()) + 4 * kBatchBytes +
         wire::kRecordBytesMax + 256 * kPageBytes;
}

std::string made(const std::string& directory) {
  make_directories(directory + "/data");
  return directory + "/data/";
}

}  // namespace

RestoreRank::RestoreRank(const std::string& directory, wire::RankId self,
                         const wire::SlotMap& slots, const DumpHeader& header)
    : directory_(directory),
      state_(made(directory) + "state.mdb", kMapBytes, {self, slots, header.pepper}, Opening::make),
      archive_(directory + "/data/archive.mdb", kMapBytes, state_.identity().log, Opening::make) {
  const LogTables log(directory + "/data/log.mdb", kMapBytes, state_.identity().log, Opening::make);
  state_.store_epoch(header.epoch);
}

void RestoreRank::Batch::put(MDB_dbi table, BytesView key, BytesView value) {
  if (!writing) {
    const std::size_t room = room_for_batch(environment);
    bool enough = environment.make_room(room, kRoomChunkBytes);
    while (enough && environment.used_bytes() + room > environment.map_bytes()) {
      enough = environment.grow_map(kMapBytesMax);
    }
    if (!enough) {
      throw std::runtime_error(environment.path() +
                               ": the disk is full; make room, or restore to another one (--data)");
    }
    writing.emplace(environment);
  }
  writing->put(table, key, value);
  ++rows;
  bytes += key.size() + value.size();
  if (rows >= kBatchRows || bytes >= kBatchBytes) commit();
}

void RestoreRank::Batch::commit() {
  if (writing && !writing->commit()) {
    throw std::runtime_error(environment.path() + ": its map is full");
  }
  writing.reset();
  rows = bytes = 0;
}

void RestoreRank::put_account(const wire::Account& account) {
  accounts_.put(state_.accounts, account.user, wire::encoded_account(account));
}

void RestoreRank::put_mailbox(BytesView owner, const MailboxMeta& meta) {
  rows_.put(archive_.mailboxes, owner_key(owner), sealed_meta(meta));
}

void RestoreRank::put_message(const DumpMessage& message) {
  const wire::MessageRecord& record = message.decoded;
  rows_.put(archive_.messages, message_key(record.owner, record.mseq), message.record);
  rows_.put(archive_.peers, peer_key(record.owner, peer_of(record), record.mseq), {});
  if (record.is_own_copy()) return;
  put_remembered(record.owner, {record.message.from, record.message.device, record.mseq,
                                record.print, record.sepoch, record.time_ms});
}

void RestoreRank::put_remembered(BytesView owner, const DumpRemembered& remembered) {
  rows_.put(archive_.remembered,
            remembered_key(owner, remembered.sender, remembered.device, remembered.mseq),
            sealed(RememberedValue{remembered.print, remembered.sepoch, remembered.time_ms}));
}

void RestoreRank::finish() {
  accounts_.commit();
  rows_.commit();
  sync_directory(directory_ + "/data");
  sync_directory(directory_);
}

}  // namespace trunkline::persistence
