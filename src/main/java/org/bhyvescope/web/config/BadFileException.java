package org.bhyvescope.web.config;

/** A file is not what the configuration says it is. The message tells what to do; the file's name is added by who asked. */
final class BadFileException extends Exception {
    private static final long serialVersionUID = 1L;

    BadFileException(String message) {
        super(message);
    }
}
