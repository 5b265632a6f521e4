"""What an entry of the audit says it did: letters, comments, the conference and its cases."""

from marketplace.kernel.i18n import N_

MORE_ACT_WORDS: dict[str, str] = {
    "subscription.asked": N_("要求订阅"),
    "subscription.confirmed": N_("确认订阅"),
    "subscription.ended": N_("退订"),
    "voice.received": N_("收到群众的来信"),
    "voice.answered": N_("答复群众的来信"),
    "voice.taken_back": N_("不再公开一条意见"),
    "conference.entered": N_("登记联席会议的决定，等待核对"),
    "conference.decided": N_("核对并公开联席会议的决定"),
    "conference.reported": N_("登记会议决定办结，等待核对"),
    "conference.done": N_("核对并公开会议决定的办结"),
    "conference.sent_back": N_("退回会议决定的文字"),
    "model_case.written": N_("写典型案例"),
    "model_case.published": N_("公开典型案例"),
    "model_case.withdrawn": N_("撤下典型案例"),
}
