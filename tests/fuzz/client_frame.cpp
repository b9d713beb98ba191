// A message of `trunkline.v1.bin`. An operation that is taken is in order as `.json` has it too:
// its text, written by the client library, is read as the same operation.
#include "edge/bin_codec.h"
#include "edge/json_codec.h"
#include "lab/client_json.h"
#include "tests/fuzz/mend.h"
#include "tests/fuzz/operation.h"
#include "tests/fuzz/target.h"

namespace trunkline::fuzz {
namespace {

void check_operation(const wire::FrameView& frame) {
  const auto plain = plain_operation(frame);
  if (!plain) return;
  static edge::JsonReader reader;
  static Bytes read;
  const std::string text = lab::json_of(frame);
  const auto refusal = reader.read(text, read);
  TRUNKLINE_CHECK(!refusal, "what .bin may say, .json may say");
  TRUNKLINE_CHECK(read == *plain, ".bin and .json say the same");
}

void check_message(BytesView message) {
  while (!message.empty()) {
    const BytesView before = message;
    const edge::ClientFrame frame = edge::next_client_frame(message);
    if (!frame.refusal.empty()) {
      TRUNKLINE_CHECK(message.data() == before.data(), "what is refused is not taken");
      return;
    }
    TRUNKLINE_CHECK(frame.view.whole.data() == before.data() && message.size() < before.size() &&
                        frame.view.whole.size() <= wire::kFrameBytesHardMax,
                    "a frame lies in its message");
    check_operation(frame.view);
  }
}

}  // namespace

void try_input(BytesView input) {
  check_message(input);
  check_message(mended_frames(input));
}

}  // namespace trunkline::fuzz
