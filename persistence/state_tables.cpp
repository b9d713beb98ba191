#include "persistence/state_tables.h"

#include <sys/random.h>

#include <stdexcept>

#include "persistence/archive_tables.h"
#include "persistence/damage.h"
#include "persistence/page_walk.h"

namespace trunkline::persistence {

using wire::Bytes;
using wire::BytesView;

namespace {

constexpr unsigned kTables = 4;
constexpr std::size_t kRoomBytes = 4 * 1024 * 1024;

bool is_whole(const std::string& path, BytesView user, BytesView account) {
  const auto decoded = wire::decode_account(account);
  if (decoded && decoded->user == user) return true;
  report_damage(path, "the account of " + Bytes(user));
  return false;
}

// The file, when its pages have been found whole and its accounts have been looked at.
const std::string& looked_at(const std::string& path) {
  const VisitEntry look_at_account = [&path](BytesView key, BytesView value) {
    is_whole(path, key, value);
  };
  const VisitEntry look_at_meta = [&path](BytesView key, BytesView) {
    if (key != kIdentityKey && key != kEpochKey) {
      refuse_damaged(path, "the name of its identity or its epoch");
    }
  };
  walk_pages(path, {{"accounts", look_at_account}, {"meta", look_at_meta}});
  return path;
}

template <class Secret>
void fill_at_random(Secret& secret) {
  if (getentropy(&secret, sizeof secret) != 0) throw std::runtime_error("no entropy to be had");
}

}  // namespace

void check_state_pages(const std::string& path) {
  walk_pages(path, {{"accounts", {}}, {"meta", {}}});
}

StateTables::StateTables(const std::string& path, std::size_t map_bytes,
                         const IdentityWanted& wanted, Opening opening)
    : environment(opening == Opening::make ? path : looked_at(path), map_bytes, kTables) {
  const auto handles = open_databases(environment, {"meta", "accounts"});
  meta = handles[0];
  accounts = handles[1];
  if (opening == Opening::make) make_identity(wanted);
  read_identity(wanted);
}

void StateTables::make_identity(const IdentityWanted& wanted) {
  Identity identity;
  fill_at_random(identity.log);
  fill_at_random(identity.pepper);
  identity.log |= 1;  // 0 says "no log"
  identity.rank = wanted.self;
  identity.ranks = static_cast<std::uint32_t>(wanted.slots.ranks());
  identity.slots = wanted.slots.fingerprint();
  if (wanted.pepper) identity.pepper = *wanted.pepper;
  identity.print_key = print_key_of(identity.pepper);
  WriteTransaction writing(environment);
  writing.put(meta, kIdentityKey, sealed(identity));
  if (!writing.commit()) throw std::runtime_error(environment.path() + ": its map is too small");
}

void StateTables::read_identity(const IdentityWanted& wanted) {
  const std::string path = environment.path() + ": ";
  const ReadTransaction reading(environment);
  BytesView bytes;
  if (!reading.find(meta, kIdentityKey, bytes)) {
    throw std::runtime_error(path + "holds no identity; put the files of one directory together");
  }
  const auto inside = detail::unseal(bytes);
  if (!inside || inside->size() < sizeof(std::uint32_t)) {
    throw std::runtime_error(path + "its identity is damaged; restore the directory from a copy");
  }
  const auto schema = wire::load_le<std::uint32_t>(inside->data());
  if (schema != kSchemaVersion) {
    throw std::runtime_error(path + "was written with schema " + std::to_string(schema) +
                             ", this build knows " + std::to_string(kSchemaVersion) + "; run the " +
                             (schema > kSchemaVersion ? "newer" : "older") +
                             " version of Trunkline on it");
  }
  const auto identity = unsealed<Identity>(bytes);
  if (!identity) throw std::runtime_error(path + "its identity is not one of this schema");
  if (identity->ranks != wanted.slots.ranks() || identity->rank != wanted.self) {
    throw std::runtime_error(
        path + "is the data of rank " + std::to_string(identity->rank) + " of " +
        std::to_string(identity->ranks) + ", and this is rank " + std::to_string(wanted.self) +
        " of " + std::to_string(wanted.slots.ranks()) + "; start " +
        std::to_string(identity->ranks) + " ranks (-np), or choose another directory (--data)");
  }
  if (identity->slots != wanted.slots.fingerprint()) {
    throw std::runtime_error(path +
                             "was laid out by another slot map: users would be looked for at the "
                             "wrong ranks; start it with the map that it was made with");
  }
  if (wanted.pepper && identity->pepper != *wanted.pepper) {
    throw std::runtime_error(path +
                             "is of another cluster than rank 0's directory; bring together the "
                             "rank directories of one cluster");
  }
  identity_ = *identity;
}

wire::Epoch StateTables::epoch() const {
  const ReadTransaction reading(environment);
  BytesView bytes;
  if (!reading.find(meta, kEpochKey, bytes)) return 0;
  const auto epoch = unsealed<SealedNumber>(bytes);
  if (!epoch) throw std::runtime_error(environment.path() + ": its epoch is damaged");
  return static_cast<wire::Epoch>(epoch->value);
}

void StateTables::store_epoch(wire::Epoch epoch) {
  if (!environment.make_room(kRoomBytes / 4, kRoomBytes)) {
    throw std::runtime_error(environment.path() + ": the disk is too full to begin; make room");
  }
  WriteTransaction writing(environment);
  writing.put(meta, kEpochKey, sealed(SealedNumber{epoch}));
  if (!writing.commit()) throw std::runtime_error(environment.path() + ": its map is full");
}

Bytes StateTables::account(BytesView user) const {
  const ReadTransaction reading(environment);
  BytesView bytes;
  // LMDB has no empty keys, and nobody an empty name.
  if (user.empty() || !reading.find(accounts, user, bytes) ||
      !is_whole(environment.path(), user, bytes))
    return {};
  return Bytes(bytes);
}

wire::AccountsLoaded StateTables::list(const wire::LoadAccounts& load) const {
  wire::AccountsLoaded loaded;
  const ReadTransaction reading(environment);
  Cursor cursor(reading, accounts);
  bool at = load.after.empty() ? cursor.first() : cursor.at_or_after(load.after);
  if (at && cursor.key() == load.after) at = cursor.next();
  for (; at; at = cursor.next()) {
    if (!is_whole(environment.path(), cursor.key(), cursor.value())) continue;
    loaded.more = loaded.accounts.size() == load.limit;
    if (loaded.more) break;
    loaded.accounts.emplace_back(cursor.value());
  }
  return loaded;
}

}  // namespace trunkline::persistence
