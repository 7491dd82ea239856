package org.bhyvescope.decode.explain;

/** Lines of text for a terminal or a file: headings, wrapped paragraphs, hanging indents. */
final class Page {
    static final int WIDTH = 100;

    private static final int NAME_WIDTH = 22;
    private static final int INDENT = 2;

    private final StringBuilder out = new StringBuilder();
    private final Style style;

    Page(Style style) {
        this.style = style;
    }

    void heading(String text) {
        if (!out.isEmpty()) {
            out.append('\n');
        }
        out.append(style.heading(printable(text))).append('\n');
    }

    /** A name, and a text that hangs behind it. */
    void entry(String name, String text) {
        entry(INDENT, name, text);
    }

    void entry(int indent, String name, String text) {
        String head = " ".repeat(indent) + printable(name) + " ";
        int hang = indent + NAME_WIDTH;
        if (head.length() > hang) {
            out.append(style.name(head.stripTrailing())).append('\n');
            wrap(hang, hang, text);
        } else {
            out.append(style.name(head)).append(" ".repeat(hang - head.length()));
            wrap(hang, 0, text);
        }
    }

    /** A paragraph. */
    void paragraph(int indent, String text) {
        if (!text.isEmpty()) {
            wrap(indent, indent, text);
        }
    }

    /** A line that is not wrapped. */
    void raw(String line) {
        out.append(printable(line)).append('\n');
    }

    /** A line in the colour of a severity, unwrapped. */
    void raw(String severity, String line) {
        out.append(style.severity(severity, printable(line))).append('\n');
    }

    /** Names in a pasted text may hold anything, a terminal's control characters too. */
    private static String printable(String text) {
        StringBuilder clean = null;
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                clean = clean == null ? new StringBuilder(text) : clean;
                clean.setCharAt(i, '?');
            }
        }
        return clean == null ? text : clean.toString();
    }

    /** Writes the words from where the line is ({@code first} blanks go before), later lines at {@code hang}. */
    private void wrap(int hang, int first, String text) {
        int column = hang;
        out.append(" ".repeat(first));
        boolean begun = false;
        for (String word : printable(text).split(" ", -1)) {
            if (begun && column + 1 + word.length() > WIDTH) {
                out.append('\n').append(" ".repeat(hang));
                column = hang;
                begun = false;
            }
            if (begun) {
                out.append(' ');
                column++;
            }
            out.append(word);
            column += word.length();
            begun = true;
        }
        while (!out.isEmpty() && out.charAt(out.length() - 1) == ' ') {
            out.setLength(out.length() - 1);
        }
        out.append('\n');
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
