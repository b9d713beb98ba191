// What Beast has read of a request, for http.h to judge.
#pragma once

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "edge/http.h"

namespace trunkline::edge {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

// What a request that could not be read is answered; 0: nothing, it broke off or was none.
unsigned status_of(boost::system::error_code error);

// Views of what the parser holds, and of `protocols`, which all lists of sub-protocols are put in.
HttpRequest request_of(const RequestParser& parser, std::string& protocols);

}  // namespace trunkline::edge
