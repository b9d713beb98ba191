// Names, UTF-8, base64 and SASLprep: held against a second implementation or their own inverse.
#include <boost/json.hpp>

#include "lab/client_json.h"
#include "tests/fuzz/target.h"
#include "wire/base64.h"
#include "wire/codec.h"
#include "wire/limits.h"
#include "wire/saslprep.h"

namespace trunkline::fuzz {
namespace {

bool has_control(BytesView text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x20 || byte == 0x7f) return true;
    // U+0080 to U+009F are C2 80 to C2 9F.
    const bool last = at + 1 == text.size();
    if (byte == 0xc2 && !last && static_cast<unsigned char>(text[at + 1]) < 0xa0) return true;
  }
  return false;
}

void check_base64(BytesView input) {
  Bytes out = "kept";
  if (wire::append_from_base64(out, input)) {
    TRUNKLINE_CHECK(wire::to_base64(BytesView(out).substr(4)) == input, "there is one form");
  } else {
    TRUNKLINE_CHECK(out == "kept", "what is refused leaves nothing");
  }
  Bytes back;
  TRUNKLINE_CHECK(wire::append_from_base64(back, wire::to_base64(input)) && back == input,
                  "what is written is read");
}

void check_saslprep(BytesView input) {
  const auto prepared = wire::saslprep(input);
  if (!prepared) return;
  TRUNKLINE_CHECK(wire::is_utf8(input) && wire::is_utf8(*prepared) && !prepared->empty(),
                  "what is no text is not prepared");
  TRUNKLINE_CHECK(!has_control(*prepared), "no control characters");
}

}  // namespace

void try_input(BytesView input) {
  const bool utf8 = wire::is_utf8(input);
  TRUNKLINE_CHECK(utf8 == lab::is_utf8(input), "two readers of UTF-8 agree");
  const bool name =
      !input.empty() && input.size() <= wire::kNameBytesMax && utf8 && !has_control(input);
  TRUNKLINE_CHECK(wire::is_name(input) == name, "a name is text, short and without controls");
  check_base64(input);
  check_saslprep(input);
}

}  // namespace trunkline::fuzz
