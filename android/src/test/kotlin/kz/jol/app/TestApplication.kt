package kz.jol.app

/** The application with tickets that a test gives it. */
class TestApplication : JolApplication() {
    override lateinit var tickets: Tickets
}
