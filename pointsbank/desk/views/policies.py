"""The village's policies: as they are, from a day on, and every version that was."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.desk.forms import SECTIONS, SettingsForm
from pointsbank.desk.queries import policies as queries
from pointsbank.desk.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.places import queries as places
from pointsbank.places import services as places_services
from pointsbank.places.models import Place
from pointsbank.web.filters import short_day
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register
from pointsbank.web.requests import number_asked

register(
    NavigationItem(
        "desk.settings", "积分政策", "gear", Permission.MANAGE_SETTINGS, NavigationGroup.OFFICE, 90,
        pages=("desk.settings_versions",),
    )
)  # fmt: skip

VERSION_DIGITS_MAX = 9


@blueprint.route("/desk/<village_code>/settings", methods=["GET", "POST"])
@requires(Permission.MANAGE_SETTINGS)
def settings(village: Place) -> ResponseReturnValue:
    """What differs from village to village."""
    village_id, status = village.id, 200
    form = SettingsForm.showing(
        places.settings_now(village_id), clock.today(), seen=places.settings_version(village_id)
    )
    if form.validate_on_submit():
        try:
            seen = int(form.seen.data) if form.seen.data.isascii() and form.seen.data.isdigit() else -1
            places_services.change_settings(
                village_id, form.settings, form.effective_on.data, current_actor(), seen=seen
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"政策已保存，{short_day(form.effective_on.data)}起生效。")
            return redirect(url_for("desk.settings"), 303)
    elif form.is_submitted():
        status = 422
    page = render_template(
        "desk/settings.html", form=form, sections=SECTIONS, to_come=places.settings_to_come(village_id)
    )
    return page, status


@blueprint.get("/desk/<village_code>/settings/versions")
@requires(Permission.MANAGE_SETTINGS)
def settings_versions(village: Place) -> ResponseReturnValue:
    """Who changed what, from when; the newest first."""
    before = number_asked("before", VERSION_DIGITS_MAX)
    versions = queries.versions(village.id, before=before)
    form = SettingsForm(formdata=None)
    return render_template(
        "desk/settings_versions.html",
        versions=versions,
        labels={field.short_name: field.label.text for field in form},
        names=access.actor_names(version.actor for version in versions),
        is_first_page=before is None,
        older=versions[-1].version if len(versions) == queries.VERSIONS_PER_PAGE else None,
        today=clock.today(),
    )
