// Records, as they lie in a log and cross in a COPY, and accounts. What decodes is written again as
// the same bytes; every cut and every flipped bit is an error.
#include "wire/record.h"

#include "tests/fuzz/mend.h"
#include "tests/fuzz/target.h"

namespace trunkline::fuzz {
namespace {

using namespace wire;

template <class Record>
void check_record_of(const RecordView& view) {
  const auto read = record_of<Record>(view);
  if (view.type != Record::kType) {
    TRUNKLINE_CHECK(!read && read.error() == DecodeError::bad_kind, "read as its own type only");
    return;
  }
  if (!read) return;
  Record record = *read;
  TRUNKLINE_CHECK(encoded_record(record) == view.whole, "a record is written as it was read");
  if constexpr (requires { record.message.raw; }) {
    record.message.raw = {};
    TRUNKLINE_CHECK(encoded_record(record) == view.whole, "a message is written as it was read");
    (void)print_of(PrintKey{}, record.message.id, record.message.body);
  }
}

void check_damage(BytesView whole, auto decode) {
  const std::size_t chance = std::hash<BytesView>{}(whole);
  TRUNKLINE_CHECK(!decode(whole.substr(0, chance % whole.size())), "a part is refused");
  const std::size_t at = chance / whole.size() % whole.size();
  Bytes flipped(whole);
  flipped[at] = static_cast<char>(flipped[at] ^ 1 << (chance >> 32) % 8);
  // Of a length that became another, which says what the checksum covers, one in 2^32 would pass.
  if (at >= 4) TRUNKLINE_CHECK(!decode(BytesView(flipped)), "a flipped bit is seen");
}

void check_record(BytesView bytes) {
  const auto view = decode_record(bytes);
  if (!view) {
    TRUNKLINE_CHECK(to_string(view.error()) != "unknown", "an error has a name");
    return;
  }
  TRUNKLINE_CHECK(view->whole.size() <= std::min(bytes.size(), kRecordBytesMax),
                  "a record lies in its bytes");
  check_record_of<MessageRecord>(*view);
  check_record_of<CursorRecord>(*view);
  check_record_of<CopiedRecord>(*view);
  check_damage(view->whole, decode_record);
}

void check_account(BytesView bytes) {
  const auto account = decode_account(bytes);
  if (!account) return;
  TRUNKLINE_CHECK(encoded_account(*account) == bytes, "an account is written as it was read");
}

}  // namespace

void try_input(BytesView input) {
  check_record(input);
  check_record(mended_record(input));
  check_account(input);
  check_account(mended_account(input));
}

}  // namespace trunkline::fuzz
