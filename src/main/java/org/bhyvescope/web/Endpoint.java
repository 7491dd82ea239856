package org.bhyvescope.web;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;

/** Answers GET and HEAD of one path. */
interface Endpoint {
    void answer(HttpExchange exchange) throws IOException;
}
